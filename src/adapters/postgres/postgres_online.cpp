// Changing tables while others read and write them.
#include <fmt/format.h>

#include "adapters/postgres/postgres_dialect.hpp"
#include "base/strings.hpp"

namespace flotilla::postgres {
namespace {

void append_table(data::Fragment& sql, std::string_view table) {
  sql += "t.relnamespace = current_schema()::regnamespace AND t.relname = ";
  sql.bind(std::string(table));
}

}  // namespace

data::Fragment PostgresDialect::limit_lock_waits(std::chrono::milliseconds longest) const {
  return Fragment(fmt::format("SELECT set_config('lock_timeout', '{}ms', true)", longest.count()));
}

data::Fragment PostgresDialect::reserve_table(std::string_view table) const {
  // Who waits for a vacuum that the server has begun by itself ends it after deadlock_timeout, a second. To
  // wait that long for the lock that ALTER TABLE takes would make everybody queue; nobody queues for this
  // one.
  return Fragment("LOCK TABLE " + quote(table) + " IN SHARE UPDATE EXCLUSIVE MODE");
}

std::string_view PostgresDialect::why_blocking(data::BlockingChange change) const {
  // A column without a default, or with a constant one, is a matter of the catalogue (since PostgreSQL 11),
  // and so is the end of a column; indexes are made concurrently.
  if (change == data::BlockingChange::add_numbering_column)
    return "PostgreSQL numbers every row in one piece, and nobody can read or write meanwhile";
  return {};
}

std::string PostgresDialect::create_index_online(std::string_view table, std::string_view index,
                                                 std::span<const std::string> columns, bool unique) const {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(quote(column));
  return fmt::format("CREATE {}INDEX CONCURRENTLY {} ON {} ({})", unique ? "UNIQUE " : "", quote(index),
                     quote(table), join(names, ", "));
}

std::string PostgresDialect::drop_index_online(std::string_view, std::string_view index) const {
  return "DROP INDEX CONCURRENTLY IF EXISTS " + quote(index);
}

data::Fragment PostgresDialect::index_state_query(std::string_view table, std::string_view index) const {
  // Whoever makes an index concurrently holds this lock on its table from the first moment to the last, also
  // when its client is gone. Autovacuum takes it too, which then looks like somebody to be waited for.
  Fragment sql(
      "SELECT x.indisvalid, EXISTS (SELECT 1 FROM pg_locks l WHERE l.relation = t.oid AND l.granted "
      "AND l.mode = 'ShareUpdateExclusiveLock' AND l.database = "
      "(SELECT oid FROM pg_database WHERE datname = current_database())) "
      "FROM pg_class t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid WHERE ");
  append_table(sql, table);
  sql += " AND i.relname = ";
  return sql.bind(std::string(index));
}

data::Fragment PostgresDialect::index_progress_query(std::string_view table) const {
  Fragment sql(
      "SELECT p.phase, CASE WHEN p.tuples_total > 0 THEN p.tuples_done WHEN p.blocks_total > 0 "
      "THEN (greatest(t.reltuples, 0) * p.blocks_done / p.blocks_total)::bigint ELSE 0 END, "
      "CASE WHEN p.tuples_total > 0 THEN p.tuples_total ELSE greatest(t.reltuples, 0)::bigint END "
      "FROM pg_stat_progress_create_index p JOIN pg_class t ON t.oid = p.relid WHERE ");
  append_table(sql, table);
  return sql;
}

}  // namespace flotilla::postgres
