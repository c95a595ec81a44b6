#include "adapters/sql/sql_registry.hpp"

#include <fmt/format.h>

#include "adapters/sql/database_call.hpp"
#include "adapters/sql/sql_registry_record.hpp"

namespace flotilla::sql {
namespace {

using data::Fragment;

UnixMs time_of(const data::Cell& cell) { return UnixMs(cluster::Millis(cell.as_int())); }

// Further ahead than clocks of one database's statements may be apart.
constexpr std::int64_t kFuture = 5'000;

}  // namespace

std::vector<Fragment> registry_tables(const Flavour& flavour) {
  return {fmt::format(
      "CREATE TABLE IF NOT EXISTS flotilla_nodes (app {k} NOT NULL, id {k} NOT NULL, "
      "record {} NOT NULL, started_at {n} NOT NULL, last_seen {n} NOT NULL, "
      "PRIMARY KEY (app, id)){}",
      flavour.text(), flavour.busy_table(), fmt::arg("k", flavour.key()), fmt::arg("n", flavour.bigint()))};
}

SqlRegistryStore::SqlRegistryStore(data::Database& database, cluster::AppName app, const Clock& clock)
    : database_(database), app_(std::move(app)), clock_(clock), flavour_(Flavour::of(database.dialect())) {}

Task<void> SqlRegistryStore::announce(cluster::NodeRecord node) {
  const std::int64_t started = node.started_at.time_since_epoch().count();
  const std::string text = record_text(node);
  auto put = [&](data::Session& session) -> Task<void> {
    const Fragment sql = joined(
        {statement("INSERT INTO flotilla_nodes (app, id, record, started_at, last_seen) VALUES (?, ?, ?, ?, ",
                   {app_, node.id, text, started}),
         flavour_.now(clock_), ")", flavour_.or_change("app, id", {"record", "started_at", "last_seen"})});
    co_await session.execute(sql);
  };
  co_await write(database_, put);
}

Task<cluster::RegistryStore::Listing> SqlRegistryStore::list() {
  Listing listing;
  auto look = [&](data::Session& session) -> Task<void> {
    const data::Rows rows = co_await session.query(statement(
        "SELECT id, record, last_seen FROM flotilla_nodes WHERE app = ? ORDER BY started_at, id", {app_}));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      listing.nodes.push_back(record_of(rows.at(row, 0).text(), rows.at(row, 1).text()));
      listing.nodes.back().last_seen = time_of(rows.at(row, 2));
    }
    // After the rows: no age is negative.
    const data::Rows now = co_await session.query(joined({"SELECT ", flavour_.now(clock_)}));
    listing.now = time_of(now.at(0, 0));
  };
  co_await read(database_, look);
  co_return listing;
}

Task<void> SqlRegistryStore::leave(cluster::NodeId id) {
  auto remove = [&](data::Session& session) -> Task<void> {
    co_await session.execute(statement("DELETE FROM flotilla_nodes WHERE app = ? AND id = ?", {app_, id}));
  };
  co_await write(database_, remove);
}

Task<void> SqlRegistryStore::forget(cluster::Millis age) {
  auto remove = [&](data::Session& session) -> Task<void> {
    co_await session.execute(
        joined({statement("DELETE FROM flotilla_nodes WHERE app = ? AND last_seen < ", {app_}),
                flavour_.now(clock_), statement(" - CAST(? AS BIGINT)", {std::int64_t{age.count()}})}));
    co_await session.execute(joined({"UPDATE flotilla_nodes SET last_seen = ", flavour_.now(clock_),
                                     statement(" WHERE app = ? AND last_seen > ", {app_}),
                                     flavour_.now(clock_), statement(" + CAST(? AS BIGINT)", {kFuture})}));
  };
  co_await write(database_, remove);
}

}  // namespace flotilla::sql
