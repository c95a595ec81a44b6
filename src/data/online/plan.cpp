#include "data/online/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {
namespace {

using Kind = TableChange::Kind;

constexpr std::size_t kExampleLengthMax = 80;

std::string quoted_names(const std::vector<std::string>& names) {
  return fmt::format("\"{}\"", join(names, "\", \""));
}

std::string what(const TableChange& change) {
  switch (change.kind) {
    case Kind::create_index:
      return fmt::format("an index on {}", quoted_names(change.index.columns));
    case Kind::add_column:
      return fmt::format("the column \"{}\"", change.column.name);
    case Kind::drop_column:
      return fmt::format("the end of column \"{}\"", change.column.name);
    default:
      return "this";
  }
}

std::string_view why(const TableChange& change, const Dialect& dialect) {
  switch (change.kind) {
    case Kind::create_index:
      return dialect.why_blocking(BlockingChange::create_index);
    case Kind::drop_column:
      return dialect.why_blocking(BlockingChange::drop_column);
    case Kind::add_column:
      return dialect.why_blocking(change.column.auto_increment ? BlockingChange::add_numbering_column
                                                               : BlockingChange::add_column);
    default:
      return {};
  }
}

std::string shown(const Cell& cell) {
  std::string text = cell.as_text();
  if (text.size() <= kExampleLengthMax) return text;
  std::size_t end = kExampleLengthMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // between two characters
  return text.substr(0, end) + "…";
}

}  // namespace

Task<bool> has_many_rows(Session& session, const std::string& table) {
  sql::Select query;
  query.table = table;
  query.limit = 1;
  query.offset = kManyRows;
  const Fragment statement = sql::select(session.dialect(), query);
  const Rows rows = co_await session.query(statement);
  co_return !rows.empty();
}

void check_free(const std::vector<TableChange>& changes, const std::vector<SchemaJob>& open) {
  for (const TableChange& change : changes) {
    auto job = std::ranges::find(open, change.table, &SchemaJob::table);
    if (job == open.end()) continue;
    throw Error(409,
                fmt::format("the table of collection \"{}\" is being changed: wait for the end of "
                            "schemaChanges:get?filterByTk={} (index on {})",
                            change.collection, job->key, quoted_names(job->columns)),
                "SCHEMA_CHANGE_RUNNING");
  }
}

Task<std::vector<TableChange>> check_online(Session& session, const std::vector<TableChange>& changes,
                                            const std::vector<SchemaJob>& open) {
  std::vector<TableChange> out;
  std::map<std::string, bool> many;
  check_free(changes, open);
  for (const TableChange& change : changes) {
    if (change.kind == Kind::drop_table || change.kind == Kind::drop_index) continue;
    const auto [known, fresh] = many.emplace(change.table, false);
    if (fresh) known->second = co_await has_many_rows(session, change.table);
    if (!known->second) continue;
    if (const std::string_view reason = why(change, session.dialect()); !reason.empty())
      throw Error(
          409,
          fmt::format("{} of collection \"{}\", which has more than {} rows, would keep others waiting: {}. "
                      "Repeat the request with allowBlocking=true to have it all the same",
                      what(change), change.collection, kManyRows, reason),
          "SCHEMA_CHANGE_BLOCKS");
    out.push_back(change);
  }
  co_return out;
}

Task<std::string> find_duplicate(Session& session, const std::string& table,
                                 const std::vector<std::string>& columns) {
  const Dialect& dialect = session.dialect();
  sql::Select query;
  query.table = table;
  std::vector<Fragment> not_null;
  for (const std::string& column : columns) {
    const std::string quoted = dialect.quote(column);
    query.columns.emplace_back(quoted);
    query.group_by.emplace_back(quoted);
    not_null.push_back(sql::is_not_null(quoted));
  }
  query.columns.push_back(sql::count_all());
  query.where = sql::all_of(std::move(not_null));
  query.having = sql::compare_expression(sql::count_all(), sql::Compare::greater, std::int64_t{1});
  query.limit = 1;
  const Fragment statement = sql::select(dialect, query);
  const Rows rows = co_await session.query(statement);
  if (rows.empty()) co_return std::string();
  std::vector<std::string> values;
  for (std::size_t i = 0; i < columns.size(); ++i) values.push_back(shown(rows.at(0, i)));
  co_return fmt::format("{} ({} times)", quoted_names(values), rows.at(0, columns.size()).as_int());
}

std::string duplicate_message(const std::string& collection, const std::vector<std::string>& fields,
                              const std::string& example) {
  return fmt::format("{} of collection \"{}\" cannot be made unique: {} is there more than once",
                     quoted_names(fields), collection, example.empty() ? "some value" : example);
}

}  // namespace flotilla::data
