#include "data/migration/migrator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/migration/ledger.hpp"
#include "data/model/metadata.hpp"
#include "data/model/schema_epoch.hpp"

namespace flotilla::data {
namespace {

/// How long a node waits for others that hold the lock of the schema.
constexpr std::chrono::minutes kPatience{10};
constexpr std::chrono::milliseconds kLookAgain{250};

Task<void> pause() {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, kLookAgain);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace

Migrator::Migrator(Database& database, const NamingRules& rules, std::vector<Migration> migrations,
                   Tools tools)
    : database_(database),
      system_(build_schema({}, rules, 0)),
      migrations_(std::move(migrations)),
      tools_(std::move(tools)) {
  std::ranges::sort(migrations_, {}, &Migration::number);
  auto twice = std::ranges::adjacent_find(migrations_, {}, &Migration::number);
  if (twice != migrations_.end())
    throw Error(500, fmt::format("migrations \"{}\" and \"{}\" have one number, {}", twice->name,
                                 std::next(twice)->name, twice->number));
}

Task<std::vector<AppliedMigration>> Migrator::applied() {
  std::vector<AppliedMigration> out;
  Work work = [&](Session& session) -> Task<void> { out = co_await read_ledger(session, *system_); };
  co_await database_.read(work);
  co_return out;
}

MigrationPlan Migrator::plan(const std::vector<AppliedMigration>& applied) const {
  return plan_migrations(migrations_, applied, tools_.version);
}

Task<void> Migrator::run(bool with_ids) {
  const std::vector<AppliedMigration> before = co_await applied();
  const MigrationPlan found = plan(before);
  for (const AppliedMigration& newer : found.newer)
    log::info("the database has a migration of a newer version, which this one works with",
              {{"migration", newer.number}, {"name", newer.name}, {"version", newer.version}});
  for (const Migration* migration : found.pending) {
    if (migration->needs_ids && !with_ids) continue;
    const auto began = std::chrono::steady_clock::now();
    if (!co_await run_one(*migration)) continue;
    const auto took = std::chrono::steady_clock::now() - began;
    log::info("migrated", {{"migration", migration->number},
                           {"name", migration->name},
                           {"ms", std::chrono::round<std::chrono::milliseconds>(took).count()}});
  }
}

/// False when another node was quicker.
Task<bool> Migrator::run_one(const Migration& migration) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (bool told = false;; told = true) {
    bool done = false;
    Work work = [&](Session& session) -> Task<void> { co_await run_in(session, migration, done); };
    std::optional<SqlError> error;
    try {
      co_await database_.write(work);
      co_return done;
    } catch (const SqlError& e) {
      error = e;
    }
    const bool waits = error->may_pass() && std::chrono::steady_clock::now() < deadline;
    if (!waits)
      throw SqlError(error->kind,
                     fmt::format("migration {} \"{}\": {}", migration.number, migration.name, error->what()),
                     error->table, error->columns);
    if (!told) log::info("waiting for another node that migrates", {{"migration", migration.number}});
    co_await pause();
  }
}

Task<void> Migrator::run_in(Session& session, const Migration& migration, bool& done) {
  co_await lock_schema(session);
  co_await create_ledger(session, *system_);
  const std::vector<AppliedMigration> applied = co_await read_ledger(session, *system_);
  const MigrationPlan left = plan(applied);
  done = std::ranges::find(left.pending, &migration) != left.pending.end();
  if (!done) co_return;
  const std::int64_t now_ms = tools_.clock.now().time_since_epoch().count();
  const RequestScope request{*system_, {}, now_ms, 0, 0, nullptr};
  const WriteScope scope(request, tools_.random, tools_.next_id);
  co_await migration.run(session, scope);
  co_await record(session, *system_, migration, now_ms);
}

}  // namespace flotilla::data
