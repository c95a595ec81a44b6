#include "data/schema/table_info.hpp"

namespace flotilla::data {

Task<TableInfo> describe_table(Session& session, const std::string& table) {
  TableInfo info;
  Fragment columns = session.dialect().columns_query(table);
  Rows rows = co_await session.query(columns);
  for (std::size_t row = 0; row < rows.size(); ++row)
    info.columns.push_back({rows.at(row, 0).as_text(), rows.at(row, 1).as_text(),
                            rows.at(row, 2).as_int() != 0, rows.at(row, 3).as_int() != 0});
  Fragment indexes = session.dialect().indexes_query(table);
  rows = co_await session.query(indexes);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::string name = rows.at(row, 0).as_text();
    if (info.indexes.empty() || info.indexes.back().name != name)
      info.indexes.push_back({std::move(name), rows.at(row, 1).as_int() != 0, {}});
    info.indexes.back().columns.push_back(rows.at(row, 2).as_text());
  }
  co_return info;
}

Task<void> run_statements(Session& session, const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) {
    Fragment statement(sql);
    co_await session.execute(statement);
  }
}

}  // namespace flotilla::data
