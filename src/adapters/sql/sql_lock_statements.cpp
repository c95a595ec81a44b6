#include "adapters/sql/sql_lock_statements.hpp"

#include <fmt/format.h>

#include "adapters/sql/sql_lock.hpp"

namespace flotilla::sql {
namespace {

using cluster::Millis;
using data::Fragment;

std::int64_t count(Millis time) { return time.count(); }

}  // namespace

std::vector<Fragment> lock_tables(const Flavour& flavour) {
  return {
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_locks (lock_key {k} NOT NULL PRIMARY KEY, "
                  "owner {t} NOT NULL, token {n} NOT NULL, lease {n} NOT NULL, ends_at {n} NOT NULL){}",
                  flavour.busy_table(), fmt::arg("k", flavour.key()), fmt::arg("t", flavour.text()),
                  fmt::arg("n", flavour.bigint())),
      fmt::format(
          "CREATE TABLE IF NOT EXISTS flotilla_lock_floor (id {n} NOT NULL PRIMARY KEY, token {n} NOT NULL)",
          fmt::arg("n", flavour.bigint())),
      "INSERT INTO flotilla_lock_floor (id, token) VALUES (1, 0) ON CONFLICT (id) DO NOTHING",
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_fences (fence_key {} NOT NULL PRIMARY KEY, token {} "
                  "NOT NULL){}",
                  flavour.key(), flavour.bigint(), flavour.busy_table()),
  };
}

Fragment LockStatements::end_of(Millis ttl) const {
  return joined({now(), statement(" + CAST(? AS BIGINT)", {count(ttl)})});
}

/// The larger one of the token after `token` and the wall clock's microseconds.
Fragment LockStatements::next_after(std::string_view token) const {
  const Fragment micros = joined({"1000 * ", flavour_.now(wall_)});
  return joined({fmt::format("CASE WHEN {} >= ", token), micros, fmt::format(" THEN {} + 1 ELSE ", token),
                 micros, " END"});
}

Fragment LockStatements::take(const std::string& key, const std::string& owner, Millis ttl) const {
  return joined({statement("UPDATE flotilla_locks SET token = CASE WHEN owner = ? AND ends_at > ", {owner}),
                 now(), " THEN token ELSE ", next_after("token"), " END, ",
                 statement("owner = ?, lease = ?, ends_at = ", {owner, count(ttl)}), end_of(ttl),
                 statement(" WHERE lock_key = ? AND (owner = '' OR owner = ? OR ends_at <= ", {key, owner}),
                 now(), ") RETURNING token"});
}

Fragment LockStatements::create(const std::string& key, const std::string& owner, Millis ttl) const {
  // The floor is read under a lock that forgetting keys waits for, and waits for it in turn: the floor that
  // is read counts every key that is no longer there.
  return joined(
      {fmt::format("WITH lowest AS MATERIALIZED (SELECT token FROM flotilla_lock_floor WHERE id = 1{}) ",
                   for_share_),
       statement("INSERT INTO flotilla_locks (lock_key, owner, token, lease, ends_at) "
                 "SELECT CAST(? AS TEXT), CAST(? AS TEXT), ",
                 {key, owner}),
       next_after("token"), statement(", CAST(? AS BIGINT), ", {count(ttl)}), end_of(ttl),
       " FROM lowest WHERE true ON CONFLICT (lock_key) DO NOTHING RETURNING token"});
}

Fragment LockStatements::look(const std::string& key) const {
  return joined({"SELECT owner, token, lease, ends_at - ", now(),
                 statement(" FROM flotilla_locks WHERE lock_key = ?", {key})});
}

Fragment LockStatements::shorten(const std::string& key) const {
  return joined({"UPDATE flotilla_locks SET ends_at = lease + ", now(),
                 statement(" WHERE lock_key = ? AND owner <> '' AND ends_at > lease + ", {key}), now()});
}

Fragment LockStatements::extend(const std::string& key, const std::string& owner, Millis ttl) const {
  return joined({statement("UPDATE flotilla_locks SET lease = ?, ends_at = ", {count(ttl)}), end_of(ttl),
                 statement(" WHERE lock_key = ? AND owner = ? AND ends_at > ", {key, owner}), now()});
}

Fragment LockStatements::release(const std::string& key, const std::string& owner) const {
  return joined({"UPDATE flotilla_locks SET owner = '', lease = 0, ends_at = ", now(),
                 statement(" WHERE lock_key = ? AND owner = ? AND ends_at > ", {key, owner}), now()});
}

Fragment LockStatements::close_floor() const {
  return "UPDATE flotilla_lock_floor SET token = token WHERE id = 1";
}

Fragment LockStatements::forget(Millis keep, std::int64_t max) const {
  return joined(
      {"WITH gone AS MATERIALIZED (SELECT lock_key FROM flotilla_locks WHERE ends_at <= ", now(),
       statement(" - CAST(? AS BIGINT) OR (owner = '' AND ends_at > ", {count(keep)}), now(),
       statement(") LIMIT ?", {max}), std::string(flavour_.skip_locked()),
       ") DELETE FROM flotilla_locks WHERE lock_key IN (SELECT lock_key FROM gone) RETURNING token"});
}

Fragment LockStatements::raise_floor(cluster::FencingToken token) const {
  return statement("UPDATE flotilla_lock_floor SET token = ? WHERE id = 1 AND token < ?", {token, token});
}

}  // namespace flotilla::sql
