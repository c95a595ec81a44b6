#include "adapters/sql/sql_lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "adapters/sql/database_call.hpp"
#include "adapters/sql/sql_lock_statements.hpp"
#include "adapters/sql/sql_lock_waiters.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace flotilla::sql {
namespace {

using cluster::Millis;
using data::Fragment;

constexpr std::string_view kAnnounced = "flotilla_locks";
constexpr std::int64_t kForgetMax = 1'000;
constexpr std::uint64_t kForgetEvery = 512;  // keys created by this process

void check(const std::string& key, const std::string& owner) {
  if (key.empty() || key.size() > SqlLockStore::kKeyMax || key.contains('\0'))
    throw bad_request(fmt::format("the key of a lock has 1 to {} bytes and no NUL", SqlLockStore::kKeyMax));
  if (owner.empty() || owner.contains('\0')) throw bad_request("the owner of a lock has a name without NUL");
}

}  // namespace

struct SqlLockStore::Core : std::enable_shared_from_this<Core> {
  Core(data::Database& database, SqlLockOptions options, const Clock& leases, const Clock& wall)
      : database(database), options(std::move(options)), say(Flavour::of(database.dialect()), leases, wall) {}

  void start_listening() {
    if (!options.listen) return;
    listening = options.listen(std::string(kAnnounced), [self = weak_from_this()](const std::string& key) {
      auto core = self.lock();
      if (!core) return;
      if (key.empty())
        core->waiters.notify_all();
      else
        core->waiters.notify(key);
    });
  }

  Task<Attempt> take(data::Session& session, const std::string& key, const std::string& owner, Millis ttl) {
    // A key may be created or forgotten between two statements; whoever did so has moved on then.
    for (;;) {
      Attempt attempt;
      const Change take = say.take(key, owner, ttl), create = say.create(key, owner, ttl);
      const data::Rows taken = co_await answer(session, take);
      if (!taken.empty()) {
        attempt.granted = true;
        attempt.token = taken.at(0, 0).as_int();
        co_return attempt;
      }
      const data::Rows held = co_await session.query(say.look(key));
      if (!held.empty()) {
        const std::int64_t lease = held.at(0, 2).as_int(), left = held.at(0, 3).as_int();
        if (held.at(0, 0).text().empty() || left <= 0) continue;
        if (left > lease) co_await session.execute(say.shorten(key));
        attempt.held_for = Millis(std::min(left, lease));
        co_return attempt;
      }
      const data::Rows created = co_await answer(session, create);
      if (created.empty()) continue;
      attempt.granted = true;
      attempt.token = created.at(0, 0).as_int();
      auto count = [self = shared_from_this()] { ++self->created; };
      session.after_commit(count);
      co_return attempt;
    }
  }

  bool time_to_forget() {
    std::uint64_t seen = created.load();
    return seen >= kForgetEvery && created.compare_exchange_strong(seen, 0);
  }

  data::Database& database;
  const SqlLockOptions options;
  const LockStatements say;
  LockWaiters waiters;
  std::atomic<std::uint64_t> created{0};  ///< keys since the last forgetting
  std::shared_ptr<void> listening;
};

SqlLockStore::SqlLockStore(data::Database& database, SqlLockOptions options, const Clock& leases,
                           const Clock& wall)
    : core_(std::make_shared<Core>(database, std::move(options), leases, wall)) {
  core_->start_listening();
}

SqlLockStore::~SqlLockStore() { core_->listening.reset(); }

Task<cluster::LockStore::Attempt> SqlLockStore::try_take(std::string key, std::string owner, Millis ttl) {
  check(key, owner);
  auto core = core_;
  Attempt attempt;
  auto work = [&](data::Session& session) -> Task<void> {
    attempt = co_await core->take(session, key, owner, ttl);
  };
  co_await write(core->database, work);
  co_return attempt;
}

Task<bool> SqlLockStore::extend(std::string key, std::string owner, Millis ttl) {
  check(key, owner);
  auto core = core_;
  bool extended = false;
  auto work = [&](data::Session& session) -> Task<void> {
    extended = co_await session.execute(core->say.extend(key, owner, ttl)) > 0;
  };
  co_await write(core->database, work);
  co_return extended;
}

Task<bool> SqlLockStore::release(std::string key, std::string owner) {
  check(key, owner);
  auto core = core_;
  bool released = false;
  auto work = [&](data::Session& session) -> Task<void> {
    // A release that a crash of the database's server takes back ends with the lease.
    const Fragment quick = core->say.not_durable();
    if (!quick.empty()) std::ignore = co_await session.query(quick);
    released = co_await session.execute(core->say.release(key, owner)) > 0;
    if (!released) co_return;
    if (core->options.listen) {
      const Fragment announce = statement("SELECT pg_notify(?, ?)", {std::string(kAnnounced), key});
      std::ignore = co_await session.query(announce);
    }
    auto wake = [core, key] { core->waiters.notify(key); };
    session.after_commit(wake);
  };
  co_await write(core->database, work);
  if (released && core->time_to_forget()) {
    try {
      co_await forget_free();
    } catch (const std::exception& error) {
      // The release has taken effect; the next one tries again.
      log::warn("Keys of locks that nobody holds could not be forgotten", {{"reason", error.what()}});
    }
  }
  co_return released;
}

Task<void> SqlLockStore::wait_released(std::string key, Millis wait) {
  using SteadyClock = std::chrono::steady_clock;
  check(key, "waiter");
  auto core = core_;
  const cluster::Monotonic until = SteadyClock::now() + wait;
  const Millis poll = core->options.listen ? core->options.poll_listening : core->options.poll;
  auto wakeup = core->waiters.of(key);
  cluster::FencingToken first = 0;  // of the holder when the call began
  for (;;) {
    const Wakeup::Version seen = wakeup->version();
    bool free = true;
    auto work = [&](data::Session& session) -> Task<void> {
      const data::Rows row = co_await session.query(core->say.look(key));
      if (row.empty() || row.at(0, 0).text().empty() || row.at(0, 3).as_int() <= 0) co_return;
      const cluster::FencingToken token = row.at(0, 1).as_int();
      if (first == 0) first = token;
      free = token != first;
    };
    co_await read(core->database, work);
    const auto left = std::chrono::ceil<Millis>(until - SteadyClock::now());
    if (free || left.count() <= 0) co_return;
    if (co_await wakeup->wait(seen, std::min(left, poll))) co_return;
  }
}

Task<std::int64_t> SqlLockStore::forget_free() {
  auto core = core_;
  std::int64_t forgotten = 0;
  auto work = [&](data::Session& session) -> Task<void> {
    co_await session.execute(core->say.close_floor());
    const Change old = core->say.forget(core->options.keep_free, kForgetMax);
    const data::Rows tokens = co_await answer(session, old);
    forgotten = static_cast<std::int64_t>(tokens.size());
    std::int64_t highest = 0;
    for (std::size_t row = 0; row < tokens.size(); ++row)
      highest = std::max(highest, tokens.at(row, 0).as_int());
    co_await session.execute(core->say.raise_floor(highest));
  };
  co_await write(core->database, work);
  co_return forgotten;
}

}  // namespace flotilla::sql
