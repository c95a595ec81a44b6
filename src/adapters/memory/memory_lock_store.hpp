#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "cluster/lock/lock_store.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::memory {

/// Locks of this process. Tokens rise over all keys together, from the microseconds of the wall clock at the
/// start, so that they go on rising after a restart. Thread-safe; never throws Unavailable.
class MemoryLockStore final : public cluster::LockStore {
 public:
  using Now = std::function<cluster::Monotonic()>;

  explicit MemoryLockStore(Now now = [] { return std::chrono::steady_clock::now(); });

  Task<Attempt> try_take(std::string key, std::string owner, cluster::Millis ttl) override;
  Task<bool> extend(std::string key, std::string owner, cluster::Millis ttl) override;
  Task<bool> release(std::string key, std::string owner) override;
  /// Any release wakes: keys are few, and a waiter looks again.
  Task<void> wait_released(std::string key, cluster::Millis wait) override;

 private:
  struct Held {
    std::string owner;
    cluster::FencingToken token = 0;
    cluster::Monotonic ends{};
  };
  /// Null when the key is free. Under the lock.
  Held* live(const std::string& key);

  const Now now_;
  std::mutex mutex_;
  std::map<std::string, Held> held_;
  cluster::FencingToken last_token_;
  Wakeup released_;
};

}  // namespace flotilla::memory
