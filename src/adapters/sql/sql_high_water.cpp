#include "adapters/sql/sql_high_water.hpp"

#include <fmt/format.h>

#include "adapters/sql/change.hpp"
#include "adapters/sql/database_call.hpp"

namespace flotilla::sql {

namespace {

Upsert higher(const Flavour& flavour, const std::string& app, std::int64_t worker, std::int64_t seconds) {
  const data::Fragment row =
      statement("flotilla_high_water (app, worker, seconds) VALUES (?, ?, ?)", {app, worker, seconds});
  if (flavour.returns())
    return {.whole = joined({"INSERT INTO ", row,
                             " ON CONFLICT (app, worker) DO UPDATE SET seconds = excluded.seconds "
                             "WHERE flotilla_high_water.seconds < excluded.seconds"})};
  return {
      .update =
          statement("UPDATE flotilla_high_water SET seconds = ? WHERE app = ? AND worker = ? AND seconds < ?",
                    {seconds, app, worker, seconds}),
      .exists = statement("SELECT 1 FROM flotilla_high_water WHERE app = ? AND worker = ?", {app, worker}),
      .insert = joined({std::string(flavour.insert_new()), row})};
}

}  // namespace

std::vector<data::Fragment> high_water_tables(const Flavour& flavour) {
  return {
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_high_water (app {} NOT NULL, worker {n} NOT NULL, "
                  "seconds {n} NOT NULL, PRIMARY KEY (app, worker)){}",
                  flavour.key(), flavour.busy_table(), fmt::arg("n", flavour.bigint()))};
}

Task<std::int64_t> SqlHighWaterStore::load(int worker) {
  std::int64_t seconds = 0;
  auto look = [&](data::Session& session) -> Task<void> {
    const data::Rows rows = co_await session.query(
        statement("SELECT seconds FROM flotilla_high_water WHERE app = ? AND worker = ?",
                  {app_, std::int64_t{worker}}));
    if (!rows.empty()) seconds = rows.at(0, 0).as_int();
  };
  co_await read(database_, look);
  co_return seconds;
}

Task<void> SqlHighWaterStore::raise(int worker, std::int64_t seconds) {
  auto lift = [&](data::Session& session) -> Task<void> {
    const Upsert mark = higher(Flavour::of(session.dialect()), app_, worker, seconds);
    co_await apply(session, mark);
  };
  co_await write(database_, lift);
}

}  // namespace flotilla::sql
