#include "ops/drill/drill_store.hpp"

#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::ops {
namespace {

using data::Fragment;
using data::Param;
namespace sql = data::sql;

/// A table and its columns, in the words of one database.
class Table {
 public:
  Table(const data::Schema& system, std::string_view name, const data::Dialect& dialect)
      : collection_(system.collection(name)), dialect_(dialect) {}

  const std::string& name() const { return collection_.table; }
  std::string column(std::string_view field) const { return collection_.field(field).column; }
  std::string quoted(std::string_view field) const { return dialect_.quote(column(field)); }
  sql::Assignment set(std::string_view field, Param value) const { return {column(field), std::move(value)}; }
  Fragment is(std::string_view field, std::string_view value) const {
    return sql::compare(quoted(field), sql::Compare::equal, std::string(value));
  }
  Fragment shift(std::string_view field, const Fragment& where) const {
    return sql::shift(dialect_, name(), column(field), 1, where);
  }

 private:
  const data::Collection& collection_;
  const data::Dialect& dialect_;
};

Table drills(const data::Schema& system, const data::Session& session) {
  return {system, "flotillaDrills", session.dialect()};
}
Table jobs(const data::Schema& system, const data::Session& session) {
  return {system, "flotillaDrillJobs", session.dialect()};
}

std::vector<sql::Assignment> new_job(const Table& table, std::string_view drill, std::string_view key,
                                     Param due) {
  return {table.set("key", std::string(key)), table.set("drill", std::string(drill)),
          table.set("dueAt", std::move(due)), table.set("attempts", std::int64_t{0}),
          table.set("effects", std::int64_t{0})};
}

}  // namespace

Task<void> insert_drill(data::Session& session, const data::Schema& system, const Drill& drill) {
  const Table table = drills(system, session);
  const Fragment statement = sql::insert(
      session.dialect(), table.name(),
      {table.set("name", drill.name), table.set("cron", drill.cron), table.set("endsAt", drill.ends_at_ms)});
  co_await session.execute(statement);
}

Task<std::vector<Drill>> all_drills(data::Session& session, const data::Schema& system) {
  const Table table = drills(system, session);
  sql::Select query;
  query.table = table.name();
  for (const char* field : {"name", "cron", "endsAt"}) query.columns.emplace_back(table.quoted(field));
  const Fragment statement = sql::select(session.dialect(), query);
  const data::Rows rows = co_await session.query(statement);
  std::vector<Drill> out;
  for (std::size_t row = 0; row < rows.size(); ++row)
    out.push_back({rows.at(row, 0).as_text(), rows.at(row, 1).as_text(), rows.at(row, 2).as_int()});
  co_return out;
}

Task<void> remove_drill(data::Session& session, const data::Schema& system, std::string_view name) {
  const Table drill_table = drills(system, session), job_table = jobs(system, session);
  const Fragment its_jobs = sql::remove(session.dialect(), job_table.name(), job_table.is("drill", name));
  co_await session.execute(its_jobs);
  const Fragment itself = sql::remove(session.dialect(), drill_table.name(), drill_table.is("name", name));
  co_await session.execute(itself);
}

Task<void> insert_job(data::Session& session, const data::Schema& system, std::string_view drill,
                      std::string_view key) {
  const Table table = jobs(system, session);
  const Fragment statement =
      sql::insert(session.dialect(), table.name(), new_job(table, drill, key, std::monostate{}));
  co_await session.execute(statement);
}

Task<void> meet_firing(data::Session& session, const data::Schema& system, std::string_view drill,
                       std::string_view message, std::int64_t due_ms) {
  const Table table = jobs(system, session);
  const Fragment statement =
      sql::insert_missing(session.dialect(), table.name(), new_job(table, drill, message, due_ms));
  co_await session.execute(statement);
}

/// Two deliveries at the same time meet on the row: the second finds it done.
Task<void> take_effect(data::Session& session, const data::Schema& system, std::string_view key,
                       std::string_view node, std::int64_t now_ms) {
  const Table table = jobs(system, session);
  const Fragment attempt = table.shift("attempts", table.is("key", key));
  co_await session.execute(attempt);
  const Fragment claim = sql::update(
      session.dialect(), table.name(), {table.set("doneAt", now_ms), table.set("node", std::string(node))},
      sql::all_of({table.is("key", key), sql::is_null(table.quoted("doneAt"))}));
  if (co_await session.execute(claim) == 0) co_return;
  const Fragment effect = table.shift("effects", table.is("key", key));
  co_await session.execute(effect);
}

Task<std::vector<DrillJob>> jobs_of(data::Session& session, const data::Schema& system,
                                    std::string_view drill, std::string_view after, std::int64_t limit) {
  const Table table = jobs(system, session);
  sql::Select query;
  query.table = table.name();
  for (const char* field : {"key", "dueAt", "attempts", "effects", "node"})
    query.columns.emplace_back(table.quoted(field));
  query.where = sql::all_of({table.is("drill", drill),
                             sql::compare(table.quoted("key"), sql::Compare::greater, std::string(after))});
  query.order_by = {session.dialect().order_by(table.quoted("key"), false)};
  query.limit = limit;
  const Fragment statement = sql::select(session.dialect(), query);
  const data::Rows rows = co_await session.query(statement);
  std::vector<DrillJob> out;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    DrillJob job;
    job.key = rows.at(row, 0).as_text();
    if (!rows.at(row, 1).is_null()) job.due_ms = rows.at(row, 1).as_int();
    job.attempts = rows.at(row, 2).as_int();
    job.effects = rows.at(row, 3).as_int();
    job.node = rows.at(row, 4).as_text();
    out.push_back(std::move(job));
  }
  co_return out;
}

}  // namespace flotilla::ops
