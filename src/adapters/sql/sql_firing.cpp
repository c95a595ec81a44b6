#include "adapters/sql/sql_firing.hpp"

#include <fmt/format.h>

#include "adapters/sql/change.hpp"
#include "adapters/sql/database_call.hpp"

namespace flotilla::sql {
namespace {

using data::Fragment;

constexpr int kForget = 500;  // rows at a time

Fragment insert(const Flavour& flavour, const std::string& job, std::int64_t due, const Fragment& now) {
  const std::int64_t kept = SqlFiringStore::kKept.count();
  return joined({std::string(flavour.insert_new()),
                 statement("flotilla_firings (job, due, fired_at) "
                           "SELECT CAST(? AS TEXT), CAST(? AS BIGINT), ",
                           {job, due}),
                 now, statement(" WHERE CAST(? AS BIGINT) > ", {due}), now,
                 statement(" - CAST(? AS BIGINT)", {kept}), flavour.unless_there("job, due")});
}

/// The newest firing of a job stays: it tells when the job last ran.
Change forget(const Flavour& flavour, const Fragment& now) {
  const Fragment old =
      joined({"SELECT job, due FROM flotilla_firings AS old WHERE due < ", now,
              statement(" - CAST(? AS BIGINT)", {std::int64_t{SqlFiringStore::kKept.count()}}),
              " AND EXISTS (SELECT 1 FROM flotilla_firings AS newer WHERE newer.job = old.job "
              "AND newer.due > old.due) ",
              fmt::format("LIMIT {}{}", kForget, flavour.skip_locked())});
  if (flavour.returns())
    return {.whole = joined({"DELETE FROM flotilla_firings WHERE (job, due) IN (", old, ")"})};
  auto remove = [](const data::Rows& rows) {
    Fragment sql("DELETE FROM flotilla_firings WHERE (job, due) IN (");
    for (std::size_t row = 0; row < rows.size(); ++row)
      sql +=
          statement(row == 0 ? "(?, ?)" : ", (?, ?)", {rows.at(row, 0).as_text(), rows.at(row, 1).as_int()});
    return sql += ")";
  };
  return {.find = old, .apply = remove};
}

}  // namespace

std::vector<Fragment> firing_tables(const Flavour& flavour) {
  return {
      fmt::format("CREATE TABLE IF NOT EXISTS flotilla_firings (job {} NOT NULL, due {n} NOT NULL, "
                  "fired_at {n} NOT NULL, PRIMARY KEY (job, due)){}",
                  flavour.key(), flavour.plain_table(), fmt::arg("n", flavour.bigint())),
      fmt::format("{}flotilla_firings_due ON flotilla_firings (due)", flavour.index_unless_there()),
  };
}

SqlFiringStore::SqlFiringStore(data::Database& database, data::Outbox& outbox, Random& random,
                               const Clock& clock)
    : database_(database),
      outbox_(outbox),
      random_(random),
      clock_(clock),
      flavour_(Flavour::of(database.dialect())) {}

Task<bool> SqlFiringStore::fire(std::string job, UnixMs due, std::string channel, std::string body) {
  const std::int64_t due_ms = due.time_since_epoch().count();
  bool fired = false;
  // Every node of the fleet comes here; all but one find it done and need no transaction.
  auto look = [&](data::Session& session) -> Task<void> {
    const Fragment known =
        statement("SELECT 1 FROM flotilla_firings WHERE job = ? AND due = ?", {job, due_ms});
    fired = !(co_await session.query(known)).empty();
  };
  co_await read(database_, look);
  if (fired) co_return false;

  cluster::QueueMessage message;
  message.id = random_uuid(random_);
  message.channel = std::move(channel);
  message.body = std::move(body);
  message.published_at = clock_.now();
  auto win = [&](data::Session& session) -> Task<void> {
    fired = co_await session.execute(insert(flavour_, job, due_ms, flavour_.now(clock_))) > 0;
    if (!fired) co_return;
    const Change old = forget(flavour_, flavour_.now(clock_));
    co_await count(session, old);
    co_await outbox_.publish(session, message);
  };
  co_await write(database_, win);
  co_return fired;
}

Task<UnixMs> SqlFiringStore::last_fired(std::string job) {
  UnixMs last{};
  auto look = [&](data::Session& session) -> Task<void> {
    const data::Rows row =
        co_await session.query(statement("SELECT max(due) FROM flotilla_firings WHERE job = ?", {job}));
    last = UnixMs(cluster::Millis(row.at(0, 0).as_int()));
  };
  co_await read(database_, look);
  co_return last;
}

}  // namespace flotilla::sql
