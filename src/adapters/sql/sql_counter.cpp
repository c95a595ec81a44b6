#include "adapters/sql/sql_counter.hpp"

#include <fmt/format.h>

#include "adapters/sql/database_call.hpp"
#include "base/error.hpp"

namespace flotilla::sql {

using data::Fragment;

std::vector<Fragment> counter_tables(const Flavour& flavour) {
  return {
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_counters (name {} NOT NULL PRIMARY KEY, "
                  "total {n} NOT NULL, ends_at {n} NOT NULL){}",
                  flavour.key(), flavour.busy_table(), fmt::arg("n", flavour.bigint()))};
}

SqlCounterStore::SqlCounterStore(data::Database& database, const Clock& machine)
    : database_(database), flavour_(Flavour::of(database.dialect())), machine_(machine) {}

/// 0 stands for a life without end.
Fragment SqlCounterStore::expired() const {
  return joined({"flotilla_counters.ends_at > 0 AND flotilla_counters.ends_at <= ", now()});
}

bool SqlCounterStore::is_time_to_sweep() {
  const std::int64_t ms = machine_.now().time_since_epoch().count();
  std::int64_t swept = swept_ms_.load();
  return ms - swept > kSweepMs && swept_ms_.compare_exchange_strong(swept, ms);
}

Task<std::int64_t> SqlCounterStore::add(std::string key, std::int64_t by,
                                        std::optional<cluster::Millis> ttl) {
  const Fragment end = ttl && ttl->count() > 0
                           ? joined({now(), statement(" + CAST(? AS BIGINT)", {std::int64_t{ttl->count()}})})
                           : Fragment("0");
  const bool returns = flavour_.returns();
  const Fragment upsert = joined(
      {statement("INSERT INTO flotilla_counters (name, total, ends_at) VALUES (?, ?, ", {key, by}), end,
       returns ? ") ON CONFLICT (name) DO UPDATE SET total = excluded.total + CASE WHEN "
               : ") ON DUPLICATE KEY UPDATE total = VALUES(total) + CASE WHEN ",
       expired(), " THEN 0 ELSE flotilla_counters.total END, ends_at = CASE WHEN ", expired(),
       returns ? " THEN excluded.ends_at ELSE flotilla_counters.ends_at END RETURNING total"
               : " THEN VALUES(ends_at) ELSE flotilla_counters.ends_at END"});
  const Fragment now_there = statement("SELECT total FROM flotilla_counters WHERE name = ?", {key});
  const Fragment lazily = flavour_.not_durable();
  const Fragment sweep = joined({"DELETE FROM flotilla_counters WHERE ", expired()});
  const bool sweeps = is_time_to_sweep();
  std::int64_t total = 0;
  auto count = [&](data::Session& session) -> Task<void> {
    if (!lazily.empty()) std::ignore = co_await session.query(lazily);
    data::Rows rows = co_await session.query(upsert);
    // The row is this transaction's: nobody else changes it before it is read.
    if (!returns) rows = co_await session.query(now_there);
    // SQLite goes on with fractions where the integers end.
    if (rows.at(0, 0).kind == data::Cell::Kind::real)
      throw bad_request(fmt::format("the counter {} would be beyond 64 bits", key));
    total = rows.at(0, 0).as_int();
  };
  co_await write(database_, count);
  if (sweeps) {
    auto remove = [&](data::Session& session) -> Task<void> { co_await session.execute(sweep); };
    co_await write(database_, remove);
  }
  co_return total;
}

Task<std::int64_t> SqlCounterStore::get(std::string key) {
  const Fragment look = joined(
      {statement("SELECT total FROM flotilla_counters WHERE name = ? AND NOT (", {key}), expired(), ")"});
  std::int64_t total = 0;
  auto ask = [&](data::Session& session) -> Task<void> {
    const data::Rows rows = co_await session.query(look);
    if (!rows.empty()) total = rows.at(0, 0).as_int();
  };
  co_await read(database_, ask);
  co_return total;
}

Task<void> SqlCounterStore::reset(std::string key) {
  const Fragment remove = statement("DELETE FROM flotilla_counters WHERE name = ?", {key});
  auto forget = [&](data::Session& session) -> Task<void> { co_await session.execute(remove); };
  co_await write(database_, forget);
}

}  // namespace flotilla::sql
