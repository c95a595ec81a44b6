#include "api/actions/view_rows.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {

Task<JsonArray> rows_of_relation(data::Session& session, data::sql::Relation from, std::int64_t limit,
                                 std::int64_t offset, std::vector<std::string>* columns) {
  if (limit < 0 || limit > kViewRowsMax)
    throw bad_request(fmt::format("pageSize: at most {} rows of a view", kViewRowsMax));
  data::sql::Select query;
  query.table = std::move(from);
  query.alias = "t";
  query.columns = {data::sql::every_column()};
  query.limit = limit;
  query.offset = offset;
  const data::Fragment statement = data::sql::select(session.dialect(), query);
  const data::Rows rows = co_await session.query(statement);
  if (columns) *columns = rows.names();
  JsonArray out;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    JsonObject record;
    for (std::size_t column = 0; column < rows.columns(); ++column) {
      const data::Cell& cell = rows.at(row, column);
      const bool bytes = cell.kind == data::Cell::Kind::blob;
      record[rows.names()[column]] = bytes ? Json(nullptr) : data::cell_json(cell);
    }
    out.push_back(std::move(record));
  }
  co_return out;
}

}  // namespace flotilla::api
