#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/node.hpp"
#include "cluster/time.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

inline constexpr int kWorkerIds = 32;  ///< 0-31, as the layout of ids has room for

/// Leases on worker ids. A place is given to another node only after its lease and kWorkerIdGrace have passed
/// on the store's clock. Thread-safe; throws Unavailable. Adapters: SQL, Redis.
class WorkerIdStore {
 public:
  virtual ~WorkerIdStore() = default;

  /// Empty when all places are taken, or when the store has lost its memory and still waits for the holders
  /// to report; `retry_after` tells the two apart.
  struct Grant {
    std::optional<int> worker;
    Millis retry_after{0};  ///< 0: all 32 are taken
  };
  virtual Task<Grant> acquire(NodeId node, Millis lease) = 0;
  /// Prolongs the node's own place; takes it up again when the store forgot it and nobody has it. False when
  /// it belongs to somebody else: the holder must stop at once.
  virtual Task<bool> renew(NodeId node, int worker, Millis lease) = 0;
  virtual Task<void> release(NodeId node, int worker) = 0;
};

inline constexpr Millis kWorkerIdGrace{1'000};

/// How far in time the ids of a worker id were used: the high-water mark, in unix seconds. In the main
/// database whatever the leases are in, so that a flushed Redis cannot bring ids back. Thread-safe.
class HighWaterStore {
 public:
  virtual ~HighWaterStore() = default;
  virtual Task<std::int64_t> load(int worker) = 0;  ///< 0 when never used
  /// Never lowers the mark. Durable when it returns.
  virtual Task<void> raise(int worker, std::int64_t seconds) = 0;
};

}  // namespace flotilla::cluster
