#include "adapters/sql/sql_worker_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "adapters/sql/change.hpp"
#include "adapters/sql/database_call.hpp"
#include "adapters/sql/sql_worker_id_places.hpp"
#include "base/error.hpp"

namespace flotilla::sql {
namespace {

using cluster::Millis;
using data::Fragment;

void check(int worker) {
  if (worker < 0 || worker >= cluster::kWorkerIds)
    throw bad_request(fmt::format("workerId must be between 0 and {}", cluster::kWorkerIds - 1));
}

void check(std::string_view node, Millis lease) {
  if (node.empty()) throw bad_request("a worker id is held by a node with a name");
  if (lease.count() <= 0) throw bad_request("the lease of a worker id must be longer than 0 ms");
}

Fragment places_of(const std::string& app, const Fragment& now) {
  return joined({"SELECT worker, node, lease, free_at, ", now,
                 statement(" FROM flotilla_worker_ids WHERE app = ? ORDER BY worker", {app})});
}

/// Rows with the numbers 0 to 31.
Fragment create_places(const Flavour& flavour, const std::string& app) {
  Fragment out{std::string(flavour.insert_new())};
  out += statement(
      "flotilla_worker_ids (app, worker, node, lease, free_at) "
      "WITH RECURSIVE places(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM places WHERE n < ?) "
      "SELECT CAST(? AS TEXT), n, '', 0, 0 FROM places WHERE true",
      {std::int64_t{cluster::kWorkerIds - 1}, app});
  return out += flavour.unless_there("app, worker");
}

std::vector<WorkerPlace> places_in(const data::Rows& rows) {
  std::vector<WorkerPlace> places;
  for (std::size_t row = 0; row < rows.size(); ++row)
    places.push_back({static_cast<int>(rows.at(row, 0).as_int()), rows.at(row, 1).as_text(),
                      rows.at(row, 2).as_int(), rows.at(row, 3).as_int()});
  return places;
}

/// Touches the row only when it is what `seen` says: a renewal may have come in between.
Fragment take(const std::string& app, const WorkerPlace& seen, const std::string& node, Millis lease,
              const Fragment& now) {
  return joined({statement("UPDATE flotilla_worker_ids SET node = ?, lease = ?, free_at = ",
                           {node, std::int64_t{lease.count()}}),
                 now,
                 statement(" + CAST(? AS BIGINT) WHERE app = ? AND worker = ? AND node = ? AND free_at = ?",
                           {std::int64_t{(lease + cluster::kWorkerIdGrace).count()}, app,
                            std::int64_t{seen.worker}, seen.node, seen.free_at})});
}

/// The place of `node`, or one that is nobody's.
Upsert hold(const Flavour& flavour, const std::string& app, int worker, const std::string& node, Millis lease,
            const Fragment& now) {
  const std::int64_t length = lease.count(), number = worker;
  const Fragment end = joined(
      {now, statement(" + CAST(? AS BIGINT)", {std::int64_t{(lease + cluster::kWorkerIdGrace).count()}})});
  const Fragment row = joined({statement("flotilla_worker_ids (app, worker, node, lease, free_at) "
                                         "VALUES (?, ?, ?, ?, ",
                                         {app, number, node, length}),
                               end, ")"});
  if (flavour.returns())
    return {.whole = joined({"INSERT INTO ", row,
                             " ON CONFLICT (app, worker) DO UPDATE SET node = excluded.node, "
                             "lease = excluded.lease, free_at = excluded.free_at "
                             "WHERE flotilla_worker_ids.node = excluded.node OR "
                             "flotilla_worker_ids.node = ''"})};
  return {
      .update = joined(
          {statement("UPDATE flotilla_worker_ids SET node = ?, lease = ?, free_at = ", {node, length}), end,
           statement(" WHERE app = ? AND worker = ? AND (node = ? OR node = '')", {app, number, node})}),
      .exists = statement("SELECT 1 FROM flotilla_worker_ids WHERE app = ? AND worker = ?", {app, number}),
      .insert = joined({std::string(flavour.insert_new()), row})};
}

/// For places whose time to be free was written before the clock was set back.
Fragment shorten(const std::string& app, const Fragment& now) {
  const Fragment after = joined(
      {statement(" lease + CAST(? AS BIGINT) + ", {std::int64_t{cluster::kWorkerIdGrace.count()}}), now});
  return joined({"UPDATE flotilla_worker_ids SET free_at =", after,
                 statement(" WHERE app = ? AND node <> '' AND free_at >", {app}), after});
}

bool stepped_back(const std::vector<WorkerPlace>& places, std::int64_t now) {
  return std::ranges::any_of(places,
                             [now](const WorkerPlace& place) { return free_at(place, now) < place.free_at; });
}

// Acquirers of one application one after the other, so that a fleet that starts at once does not fight.
std::int64_t turn_of(const std::string& app) {
  return static_cast<std::int64_t>(std::hash<std::string>{}("flotilla worker ids " + app));
}

}  // namespace

std::vector<Fragment> worker_id_tables(const Flavour& flavour) {
  return {
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_worker_ids (app {k} NOT NULL, worker {n} NOT NULL, "
                  "node {k} NOT NULL, lease {n} NOT NULL, free_at {n} NOT NULL, "
                  "PRIMARY KEY (app, worker)){}",
                  flavour.busy_table(), fmt::arg("k", flavour.key()), fmt::arg("n", flavour.bigint()))};
}

SqlWorkerIdStore::SqlWorkerIdStore(data::Database& database, cluster::AppName app, const Clock& leases)
    : database_(database), app_(std::move(app)), clock_(leases), flavour_(Flavour::of(database.dialect())) {}

Task<cluster::WorkerIdStore::Grant> SqlWorkerIdStore::acquire(cluster::NodeId node, Millis lease) {
  check(node, lease);
  Grant grant;
  auto choose = [&](data::Session& session) -> Task<void> {
    const Fragment alone = flavour_.one_at_a_time(turn_of(app_));
    if (!alone.empty()) std::ignore = co_await session.query(alone);
    // Ends: each turn but the last one was spoilt by a renewal or a release, and those come seldom.
    for (;;) {
      const data::Rows rows = co_await session.query(places_of(app_, flavour_.now(clock_)));
      if (rows.size() < cluster::kWorkerIds) {
        co_await session.execute(create_places(flavour_, app_));
        continue;
      }
      const std::vector<WorkerPlace> places = places_in(rows);
      const std::int64_t now = rows.at(0, 4).as_int();
      if (stepped_back(places, now)) co_await session.execute(shorten(app_, flavour_.now(clock_)));
      const auto place = choose_place(places, node, now);
      if (!place) co_return;
      if (co_await session.execute(take(app_, *place, node, lease, flavour_.now(clock_))) == 0) continue;
      grant.worker = place->worker;
      co_return;
    }
  };
  co_await write(database_, choose);
  co_return grant;
}

Task<bool> SqlWorkerIdStore::renew(cluster::NodeId node, int worker, Millis lease) {
  check(worker);
  check(node, lease);
  bool held = false;
  auto prolong = [&](data::Session& session) -> Task<void> {
    const Upsert place = hold(flavour_, app_, worker, node, lease, flavour_.now(clock_));
    held = co_await apply(session, place) > 0;
  };
  co_await write(database_, prolong);
  co_return held;
}

Task<void> SqlWorkerIdStore::release(cluster::NodeId node, int worker) {
  check(worker);
  auto give_back = [&](data::Session& session) -> Task<void> {
    const Fragment sql =
        joined({"UPDATE flotilla_worker_ids SET node = '', lease = 0, free_at = ", flavour_.now(clock_),
                statement(" WHERE app = ? AND worker = ? AND node = ?", {app_, std::int64_t{worker}, node})});
    co_await session.execute(sql);
  };
  co_await write(database_, give_back);
}

}  // namespace flotilla::sql
