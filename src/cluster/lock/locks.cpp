#include "cluster/lock/locks.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <optional>

#include "base/log.hpp"
#include "cluster/lock/key_queues.hpp"
#include "cluster/lock/lease_belief.hpp"
#include "cluster/lock/lock_measures.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::cluster {

namespace {

constexpr std::size_t kOwnerLength = 20;
constexpr Millis kWaitMax{5'000};  ///< then the store is asked again whatever happened
constexpr Millis kWaitMin{1};

Monotonic now() { return std::chrono::steady_clock::now(); }

Millis until(Monotonic time) { return std::max(Millis{0}, std::chrono::ceil<Millis>(time - now())); }

void check_ttl(Millis ttl) {
  if (ttl < Locks::kTtlMin || ttl > Locks::kTtlMax)
    throw bad_request(fmt::format("lock: ttl takes {} to {} ms, got {}", Locks::kTtlMin.count(),
                                  Locks::kTtlMax.count(), ttl.count()));
}

}  // namespace

class Locks::Table {
 public:
  Table(boost::asio::any_io_executor executor, std::shared_ptr<LockStore> store, AppName app, Random& random)
      : executor(std::move(executor)), store(std::move(store)), app(std::move(app)), random(random) {}

  /// Empty when it was not free until the deadline.
  static Task<std::shared_ptr<Lock::State>> take(std::shared_ptr<Table> table, std::string key, Millis ttl,
                                                 std::optional<Monotonic> deadline);

  const boost::asio::any_io_executor executor;
  const std::shared_ptr<LockStore> store;
  const AppName app;
  Random& random;
  KeyQueues queues;
};

struct Lock::State {
  boost::asio::any_io_executor executor;
  std::shared_ptr<LockStore> store;
  std::string key;    ///< as the caller names it
  std::string whole;  ///< as the store does
  std::string owner;
  FencingToken token = 0;
  std::atomic<Monotonic> believed_until{};
  std::atomic<bool> released{false};
  std::optional<metrics::Level::Hold> held;
  Monotonic granted_at{};

  ~State() {
    if (held) LockMeasures::process().hold.observe(now() - granted_at);
  }
  bool valid() const { return !released && now() < believed_until.load(); }
};

namespace {

/// Frees a lease that nobody waits for any more. What cannot be freed ends by its ttl.
Task<void> release_quietly(std::shared_ptr<LockStore> store, std::string key, std::string owner) {
  try {
    co_await store->release(std::move(key), std::move(owner));
  } catch (const std::exception& error) {
    log::debug("a lock could not be released and ends by its ttl", {{"reason", error.what()}});
  }
}

void release_in_background(const boost::asio::any_io_executor& executor, std::shared_ptr<LockStore> store,
                           std::string key, std::string owner) {
  TaskGroup alone(executor);
  alone.spawn("releasing a lock", release_quietly(std::move(store), std::move(key), std::move(owner)));
}

/// Leaves the queue however the wait ends.
class InQueue {
 public:
  InQueue(KeyQueues& queues, std::string key)
      : queues_(queues), key_(std::move(key)), place_(queues_.join(key_)) {}
  ~InQueue() { queues_.leave(key_, place_); }
  InQueue(const InQueue&) = delete;
  InQueue& operator=(const InQueue&) = delete;
  bool first() const { return queues_.first(key_, place_); }
  Wakeup& turn() { return place_->turn; }

 private:
  KeyQueues& queues_;
  std::string key_;
  std::shared_ptr<KeyQueues::Place> place_;
};

}  // namespace

Task<std::shared_ptr<Lock::State>> Locks::Table::take(std::shared_ptr<Table> table, std::string key,
                                                      Millis ttl, std::optional<Monotonic> deadline) {
  auto state = std::make_shared<Lock::State>();
  state->executor = table->executor;
  state->store = table->store;
  state->key = key;
  state->whole = table->app + ":lock:" + key;
  state->owner = random_uid(table->random, kOwnerLength);
  LockMeasures& measures = LockMeasures::process();
  const metrics::Level::Hold waiting(measures.waiting);
  const Monotonic began = now();
  InQueue place(table->queues, state->whole);
  auto left = [&] { return deadline ? until(*deadline) : kWaitMax; };
  for (;;) {
    const Wakeup::Version seen = place.turn().version();
    if (place.first()) break;
    if (deadline && now() >= *deadline) co_return nullptr;
    co_await place.turn().wait(seen, std::min(left(), kWaitMax));
  }
  for (;;) {
    const Monotonic asked_at = now();
    LockStore::Attempt attempt;
    try {
      attempt = co_await table->store->try_take(state->whole, state->owner, ttl);
    } catch (...) {
      // It may have been granted all the same.
      release_in_background(table->executor, table->store, state->whole, state->owner);
      throw;
    }
    if (attempt.granted) {
      state->token = attempt.token;
      state->believed_until = LeaseBelief(asked_at, ttl).until();
      state->granted_at = now();
      state->held.emplace(measures.held);
      measures.wait.observe(state->granted_at - began);
      co_return state;
    }
    if (deadline && now() >= *deadline) co_return nullptr;
    // Woken by the release; else when the holder's lease should be over.
    const Millis pause = std::clamp(std::min(attempt.held_for, left()), kWaitMin, kWaitMax);
    co_await table->store->wait_released(state->whole, pause);
  }
}

Lock::Lock(Lock&&) noexcept = default;

Lock& Lock::operator=(Lock&& other) noexcept {
  Lock old(std::move(*this));
  state_ = std::move(other.state_);
  return *this;
}

Lock::~Lock() {
  if (!state_ || state_->released.exchange(true)) return;
  release_in_background(state_->executor, state_->store, state_->whole, state_->owner);
}

bool Lock::valid() const { return state_ && state_->valid(); }
FencingToken Lock::token() const { return state_->token; }
const std::string& Lock::key() const { return state_->key; }

Task<void> Lock::extend(Millis ttl) {
  check_ttl(ttl);
  const std::shared_ptr<State> state = state_;
  if (!state->valid()) throw LockNotAcquired("lock is not active");
  const Monotonic asked_at = now();
  const bool extended = co_await state->store->extend(state->whole, state->owner, ttl);
  if (!extended) {
    state->believed_until = Monotonic{};
    throw LockNotAcquired("lock is not active");
  }
  state->believed_until = LeaseBelief(asked_at, ttl).until();
}

Task<void> Lock::release() {
  const std::shared_ptr<State> state = state_;
  if (state->released.exchange(true)) co_return;
  co_await state->store->release(state->whole, state->owner);
}

Locks::Locks(boost::asio::any_io_executor executor, std::shared_ptr<LockStore> store, AppName app,
             Random& random)
    : table_(std::make_shared<Table>(std::move(executor), std::move(store), std::move(app), random)) {}

Locks::~Locks() = default;

Task<Lock> Locks::acquire(std::string key, Millis ttl) {
  check_ttl(ttl);
  co_return Lock(co_await Table::take(table_, std::move(key), ttl, std::nullopt));
}

Task<Lock> Locks::try_acquire(std::string key, Millis wait, Millis ttl) {
  check_ttl(ttl);
  std::shared_ptr<Lock::State> state = co_await Table::take(table_, std::move(key), ttl, now() + wait);
  if (!state) LockMeasures::process().not_acquired.add();
  if (!state) throw LockNotAcquired(wait == Millis{0} ? "lock is locked" : "lock acquire timed out");
  co_return Lock(std::move(state));
}

namespace {

/// Extends at a third of the ttl until the work has ended. What it is given lives as long as it runs.
Task<void> renew(Lock& lock, Millis ttl, Cancellation ended, Cancellation lost) {
  while (!co_await ended.wait(std::max(kWaitMin, ttl / 3))) {
    bool gone = false;
    try {
      co_await lock.extend(ttl);
    } catch (const LockNotAcquired&) {
      gone = true;
    } catch (const std::exception& error) {
      // The store cannot be reached, or cannot do it now: the lease still runs for a while, and may be
      // prolonged by the next try.
      log::debug("a lock could not be extended", {{"key", lock.key()}, {"reason", error.what()}});
      gone = !lock.valid();
    }
    if (!gone) continue;
    lost.cancel();
    co_return;
  }
}

/// The work is done: that the lock could not be given back at once is no reason to call it failed.
Task<void> release_quietly_of(Lock& lock) {
  try {
    co_await lock.release();
  } catch (const std::exception& error) {
    log::debug("a lock could not be released and ends by its ttl",
               {{"key", lock.key()}, {"reason", error.what()}});
  }
}

Task<void> run_with(Lock lock, Locks::Work work, Millis ttl) {
  Cancellation ended, lost;
  TaskGroup renewing(co_await boost::asio::this_coro::executor);
  renewing.spawn("renewing a lock", renew(lock, ttl, ended, lost));
  std::exception_ptr failure;
  try {
    co_await work(lock.token(), lost);
  } catch (...) {
    failure = std::current_exception();
  }
  // Before anything else: a pause of the process may have lasted longer than the lease.
  const bool was_lost = lost.cancelled() || !lock.valid();
  ended.cancel();
  co_await renewing.wait();
  if (!was_lost) co_await release_quietly_of(lock);
  if (failure) std::rethrow_exception(failure);
  if (!was_lost) co_return;
  LockMeasures::process().lost.add();
  throw LockLost(lock.key());
}

}  // namespace

Task<void> Locks::run_exclusive(std::string key, Work work, Millis ttl) {
  Lock lock = co_await acquire(std::move(key), ttl);
  co_await run_with(std::move(lock), std::move(work), ttl);
}

Task<void> Locks::try_run_exclusive(std::string key, Work work, Millis wait, Millis ttl) {
  Lock lock = co_await try_acquire(std::move(key), wait, ttl);
  co_await run_with(std::move(lock), std::move(work), ttl);
}

}  // namespace flotilla::cluster
