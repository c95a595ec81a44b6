#pragma once

#include <cstdint>
#include <string>

#include "cluster/time.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

/// Rises strictly with every grant of the same key, for ever. What the lock protects can refuse writes that
/// carry an older one (M. Kleppmann, "How to do distributed locking", 2016).
using FencingToken = std::int64_t;

/// Leases on keys. Thread-safe. Adapters: local, SQL, Redis. All calls throw Unavailable; after that a grant
/// may or may not have happened and ends by its ttl at the latest.
class LockStore {
 public:
  struct Attempt {
    bool granted = false;
    FencingToken token = 0;  ///< when granted
    Millis held_for{0};      ///< when not: the present holder's lease ends after this at the latest
  };

  virtual ~LockStore() = default;

  /// One try. `owner` is unique to the attempt: two acquisitions of one process are two owners.
  virtual Task<Attempt> try_take(std::string key, std::string owner, Millis ttl) = 0;
  /// False when the lease is not `owner`'s (any more). A lapsed lease is never revived.
  virtual Task<bool> extend(std::string key, std::string owner, Millis ttl) = 0;
  /// Frees the key when it is `owner`'s, and wakes who waits for it, on all nodes. Idempotent.
  virtual Task<bool> release(std::string key, std::string owner) = 0;
  /// Ends when the key was released since the call began, or after `wait`. May end early without reason.
  virtual Task<void> wait_released(std::string key, Millis wait) = 0;
};

}  // namespace flotilla::cluster
