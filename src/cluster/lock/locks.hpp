#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/random.hpp"
#include "cluster/lock/lock_store.hpp"
#include "cluster/node.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::cluster {

/// Error 409, code LOCK_ACQUIRE_ERROR: `lock is locked`, `lock acquire timed out`.
class LockNotAcquired : public Error {
 public:
  explicit LockNotAcquired(std::string_view why) : Error(409, std::string(why), "LOCK_ACQUIRE_ERROR") {}
};

/// Error 409, code LOCK_LOST: the lease ended while the work still ran; what it wrote since may be refused by
/// its fencing token.
class LockLost : public Error {
 public:
  explicit LockLost(std::string_view key)
      : Error(409, "lock " + std::string(key) + " was lost", "LOCK_LOST") {}
};

/// A lease in the holder's hands. Movable. Destroying it releases in the background.
class Lock {
 public:
  Lock(Lock&&) noexcept;
  Lock& operator=(Lock&&) noexcept;
  ~Lock();

  /// True while the lease certainly runs: counted on this machine's monotonic clock from before it was asked
  /// for, less a margin. After a pause of the process it is false before anything else happens.
  bool valid() const;
  FencingToken token() const;
  const std::string& key() const;
  /// A new ttl from now. Throws LockNotAcquired "lock is not active" when the lease has lapsed.
  Task<void> extend(Millis ttl);
  /// Idempotent.
  Task<void> release();

 private:
  friend class Locks;
  struct State;
  explicit Lock(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// Locks of the fleet. Mutual exclusion by lease is for efficiency; for correctness the protected data must
/// refuse older fencing tokens (data::enforce_fence). Waiters of one node queue in order and ask the store
/// one at a time; they are woken by the release, and look again when the holder's lease should have ended. On
/// the wire keys are `<app>:lock:<key>`. Thread-safe.
class Locks {
 public:
  static constexpr Millis kDefaultTtl{500};
  /// Ttls outside these are Error 400.
  static constexpr Millis kTtlMin{10}, kTtlMax{24 * 3'600'000};

  Locks(boost::asio::any_io_executor executor, std::shared_ptr<LockStore> store, AppName app, Random& random);
  ~Locks();

  /// Waits without limit. The ttl fires: the key is free after it, whatever the holder does.
  Task<Lock> acquire(std::string key, Millis ttl = kDefaultTtl);
  /// `wait` zero: fails at once when somebody holds it. Throws LockNotAcquired.
  Task<Lock> try_acquire(std::string key, Millis wait, Millis ttl = kDefaultTtl);
  /// Renews at a third of the ttl while `work` runs. When the lease is lost all the same (pause, store gone),
  /// `lost` is cancelled, and LockLost is thrown after `work` has returned.
  using Work = std::function<Task<void>(FencingToken token, Cancellation lost)>;
  Task<void> run_exclusive(std::string key, Work work, Millis ttl = kDefaultTtl);
  /// The same, but LockNotAcquired when it is not free within `wait`.
  Task<void> try_run_exclusive(std::string key, Work work, Millis wait, Millis ttl = kDefaultTtl);

 private:
  class Table;
  std::shared_ptr<Table> table_;
};

}  // namespace flotilla::cluster
