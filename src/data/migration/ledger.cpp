#include "data/migration/ledger.hpp"

#include "data/schema/schema_changes.hpp"
#include "data/schema/table_info.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kTable = "flotillaMigrations";
constexpr const char* kFields[] = {"number", "name", "checksum", "version", "needs", "appliedAt"};

const std::string& column(const Collection& ledger, std::string_view field) {
  return ledger.field(field).column;
}

}  // namespace

Task<std::vector<AppliedMigration>> read_ledger(Session& session, const Schema& system) {
  const Collection& ledger = system.collection(kTable);
  const Dialect& dialect = session.dialect();
  std::vector<AppliedMigration> out;
  const TableInfo info = co_await describe_table(session, ledger.table);
  if (!info.exists()) co_return out;
  sql::Select query;
  query.table = ledger.table;
  for (const char* field : kFields) query.columns.emplace_back(dialect.quote(column(ledger, field)));
  query.order_by = {dialect.order_by(dialect.quote(column(ledger, "number")), false)};
  const Fragment statement = sql::select(dialect, query);
  const Rows rows = co_await session.query(statement);
  for (std::size_t row = 0; row < rows.size(); ++row)
    out.push_back({static_cast<int>(rows.at(row, 0).as_int()), rows.at(row, 1).as_text(),
                   rows.at(row, 2).as_text(), rows.at(row, 3).as_text(), rows.at(row, 4).as_text(),
                   rows.at(row, 5).as_int()});
  co_return out;
}

Task<void> create_ledger(Session& session, const Schema& system) {
  const Collection& ledger = system.collection(kTable);
  const TableInfo info = co_await describe_table(session, ledger.table);
  co_await run_statements(session, missing_parts(info, system, ledger, session.dialect()));
}

Task<void> record(Session& session, const Schema& system, const Migration& migration, std::int64_t at_ms) {
  const Collection& ledger = system.collection(kTable);
  const std::vector<sql::Assignment> values = {{column(ledger, "number"), std::int64_t{migration.number}},
                                               {column(ledger, "name"), migration.name},
                                               {column(ledger, "checksum"), checksum(migration)},
                                               {column(ledger, "version"), migration.version},
                                               {column(ledger, "needs"), migration.needs},
                                               {column(ledger, "appliedAt"), at_ms}};
  const Fragment statement = sql::insert(session.dialect(), ledger.table, values);
  co_await session.execute(statement);
}

}  // namespace flotilla::data
