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
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_lock_floor (id {n} NOT NULL PRIMARY KEY, token {n} "
                  "NOT NULL){}",
                  flavour.plain_table(), fmt::arg("n", flavour.bigint())),
      fmt::format("{}flotilla_lock_floor (id, token) VALUES (1, 0){}", flavour.insert_new(),
                  flavour.unless_there("id")),
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

Change LockStatements::take(const std::string& key, const std::string& owner, Millis ttl) const {
  const Fragment token = joined({statement("CASE WHEN owner = ? AND ends_at > ", {owner}), now(),
                                 " THEN token ELSE ", next_after("token"), " END"});
  const Fragment mine =
      joined({statement(" WHERE lock_key = ? AND (owner = '' OR owner = ? OR ends_at <= ", {key, owner}),
              now(), ")"});
  const Fragment rest =
      joined({statement(", owner = ?, lease = ?, ends_at = ", {owner, count(ttl)}), end_of(ttl)});
  if (flavour_.returns())
    return {.whole = joined({"UPDATE flotilla_locks SET token = ", token, rest, mine, " RETURNING token"})};
  auto hold = [rest, key](const data::Rows& found) {
    return joined({statement("UPDATE flotilla_locks SET token = ?", {found.at(0, 0).as_int()}), rest,
                   statement(" WHERE lock_key = ?", {key})});
  };
  return {.find = joined({"SELECT ", token, " FROM flotilla_locks", mine, " FOR UPDATE"}), .apply = hold};
}

Change LockStatements::create(const std::string& key, const std::string& owner, Millis ttl) const {
  // The floor is read under a lock that forgetting keys waits for, and waits for it in turn: the floor that
  // is read counts every key that is no longer there.
  const std::string floor(fmt::format(" FROM flotilla_lock_floor WHERE id = 1{}", flavour_.for_share()));
  constexpr std::string_view kInto = "flotilla_locks (lock_key, owner, token, lease, ends_at) ";
  if (flavour_.returns())
    return {.whole = joined(
                {fmt::format("WITH lowest AS MATERIALIZED (SELECT token{}) INSERT INTO {}", floor, kInto),
                 statement("SELECT CAST(? AS TEXT), CAST(? AS TEXT), ", {key, owner}), next_after("token"),
                 statement(", CAST(? AS BIGINT), ", {count(ttl)}), end_of(ttl),
                 " FROM lowest WHERE true ON CONFLICT (lock_key) DO NOTHING RETURNING token"})};
  auto insert = [row = std::string(flavour_.insert_new()) + std::string(kInto), end = end_of(ttl), key, owner,
                 length = count(ttl)](const data::Rows& found) {
    return joined(
        {row, statement("VALUES (?, ?, ?, ?, ", {key, owner, found.at(0, 0).as_int(), length}), end, ")"});
  };
  return {.find = joined({"SELECT ", next_after("token"), floor}), .apply = insert};
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

Change LockStatements::forget(Millis keep, std::int64_t max) const {
  const Fragment old = joined({" FROM flotilla_locks WHERE ends_at <= ", now(),
                               statement(" - CAST(? AS BIGINT) OR (owner = '' AND ends_at > ", {count(keep)}),
                               now(), statement(") LIMIT ?", {max}), std::string(flavour_.skip_locked())});
  if (flavour_.returns())
    return {.whole = joined({"WITH gone AS MATERIALIZED (SELECT lock_key", old,
                             ") DELETE FROM flotilla_locks WHERE lock_key IN (SELECT lock_key FROM gone) "
                             "RETURNING token"})};
  auto remove = [](const data::Rows& found) {
    Fragment sql("DELETE FROM flotilla_locks WHERE lock_key IN (");
    for (const std::string& key : texts_in(found, 1)) {
      if (!sql.params.empty()) sql += ", ";
      sql.bind(key);
    }
    return sql += ")";
  };
  return {.find = joined({"SELECT token, lock_key", old}), .apply = remove};
}

Fragment LockStatements::raise_floor(cluster::FencingToken token) const {
  return statement("UPDATE flotilla_lock_floor SET token = ? WHERE id = 1 AND token < ?", {token, token});
}

}  // namespace flotilla::sql
