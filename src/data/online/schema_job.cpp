#include "data/online/schema_job.hpp"

#include <algorithm>

#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/value/date_time.hpp"

namespace flotilla::data {
namespace {

using State = SchemaJob::State;

constexpr std::string_view kStates[] = {"waiting", "running", "done", "failed"};
constexpr const char* kRead[] = {"key",     "collectionName", "fields", "tableName", "indexName",
                                 "columns", "unique",         "state",  "error"};

std::string text_of(State state) { return std::string(kStates[static_cast<std::size_t>(state)]); }

State state_of(std::string_view text) {
  return static_cast<State>(std::ranges::find(kStates, text) - std::begin(kStates));
}

Param list_text(const std::vector<std::string>& items) {
  JsonArray list;
  for (const std::string& item : items) list.emplace_back(item);
  return json::dump(Json(std::move(list)));
}

std::vector<std::string> list_of(const Cell& cell) {
  std::vector<std::string> out;
  for (const Json& item : json::parse(cell.as_text()).as_array()) out.emplace_back(item.as_string());
  return out;
}

/// The table and its columns, in the words of one database.
class Table {
 public:
  Table(const Schema& system, const Dialect& dialect)
      : collection_(system.collection("schemaChanges")), dialect_(dialect) {}

  sql::Assignment set(std::string_view field, Param value) const {
    return {collection_.field(field).column, std::move(value)};
  }
  Fragment is(std::string_view field, Param value) const {
    return sql::compare(quoted(field), sql::Compare::equal, std::move(value));
  }
  Fragment unfinished() const {
    return sql::in_list(quoted("state"), {Param(text_of(State::waiting)), Param(text_of(State::running))});
  }
  Fragment read(Fragment where) const {
    sql::Select query;
    query.table = collection_.table;
    for (const char* field : kRead) query.columns.emplace_back(quoted(field));
    query.where = std::move(where);
    return sql::select(dialect_, query);
  }
  Fragment insert(const std::vector<sql::Assignment>& values) const {
    return sql::insert(dialect_, collection_.table, values);
  }
  /// Only while it is not finished: who comes late changes nothing.
  Fragment update(std::string_view key, const std::vector<sql::Assignment>& values) const {
    return sql::update(dialect_, collection_.table, values,
                       sql::all_of({is("key", std::string(key)), unfinished()}));
  }

 private:
  std::string quoted(std::string_view field) const { return dialect_.quote(collection_.field(field).column); }

  const Collection& collection_;
  const Dialect& dialect_;
};

SchemaJob job_of(const Rows& rows, std::size_t row) {
  SchemaJob job;
  job.key = rows.at(row, 0).as_text();
  job.collection = rows.at(row, 1).as_text();
  job.fields = list_of(rows.at(row, 2));
  job.table = rows.at(row, 3).as_text();
  job.index = rows.at(row, 4).as_text();
  job.columns = list_of(rows.at(row, 5));
  job.unique = rows.at(row, 6).as_int() != 0;
  job.state = state_of(rows.at(row, 7).as_text());
  job.error = rows.at(row, 8).as_text();
  return job;
}

Task<std::vector<SchemaJob>> read(Session& session, const Fragment& statement) {
  const Rows rows = co_await session.query(statement);
  std::vector<SchemaJob> out;
  for (std::size_t row = 0; row < rows.size(); ++row) out.push_back(job_of(rows, row));
  co_return out;
}

}  // namespace

Task<void> insert_job(Session& session, const Schema& system, const SchemaJob& job, std::int64_t now_ms) {
  const Table table(system, session.dialect());
  const std::vector<sql::Assignment> values = {table.set("key", job.key),
                                               table.set("collectionName", job.collection),
                                               table.set("fields", list_text(job.fields)),
                                               table.set("tableName", job.table),
                                               table.set("indexName", job.index),
                                               table.set("columns", list_text(job.columns)),
                                               table.set("unique", job.unique),
                                               table.set("state", text_of(job.state)),
                                               table.set("rowsDone", std::int64_t{0}),
                                               table.set("createdAt", storage_text(now_ms))};
  const Fragment statement = table.insert(values);
  co_await session.execute(statement);
}

Task<std::optional<SchemaJob>> find_job(Session& session, const Schema& system, std::string_view key) {
  const Table table(system, session.dialect());
  const Fragment statement = table.read(table.is("key", std::string(key)));
  std::vector<SchemaJob> found = co_await read(session, statement);
  if (found.empty()) co_return std::nullopt;
  co_return std::move(found.front());
}

Task<std::vector<SchemaJob>> open_jobs(Session& session, const Schema& system) {
  const Table table(system, session.dialect());
  const Fragment statement = table.read(table.unfinished());
  co_return co_await read(session, statement);
}

Task<void> start_job(Session& session, const Schema& system, std::string_view key, std::string_view node,
                     std::int64_t now_ms) {
  const Table table(system, session.dialect());
  const Fragment statement =
      table.update(key, {table.set("state", text_of(State::running)), table.set("node", std::string(node)),
                         table.set("startedAt", storage_text(now_ms))});
  co_await session.execute(statement);
}

Task<void> report_job(Session& session, const Schema& system, std::string_view key,
                      const JobProgress& progress) {
  const Table table(system, session.dialect());
  const Fragment statement =
      table.update(key, {table.set("phase", progress.phase), table.set("rowsDone", progress.done),
                         table.set("rowsTotal", progress.total)});
  co_await session.execute(statement);
}

Task<void> finish_job(Session& session, const Schema& system, std::string_view key, const std::string& error,
                      std::int64_t now_ms) {
  const Table table(system, session.dialect());
  std::vector<sql::Assignment> values = {
      table.set("state", text_of(error.empty() ? State::done : State::failed)),
      table.set("phase", std::monostate{}), table.set("endedAt", storage_text(now_ms))};
  if (!error.empty()) values.push_back(table.set("error", error));
  const Fragment statement = table.update(key, values);
  co_await session.execute(statement);
}

}  // namespace flotilla::data
