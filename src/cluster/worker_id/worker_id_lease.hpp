#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "cluster/snowflake/snowflake.hpp"
#include "cluster/worker_id/worker_id_store.hpp"

namespace flotilla::cluster {

/// A node's hold on a worker id, and the generator that stands on it. The generator makes ids only while the
/// lease certainly runs on this machine's monotonic clock; when it lapsed (pause, store gone), next() throws
/// Error 503 until the lease is held again, then goes on above the high-water mark of the id it holds then.
class WorkerIdLease {
 public:
  struct Timing {
    Millis lease{10'000};  ///< renewed at a third
    Millis margin{500};    ///< taken off the lease on the holder's side
  };

  WorkerIdLease(boost::asio::any_io_executor executor, std::shared_ptr<WorkerIdStore> leases,
                std::shared_ptr<HighWaterStore> marks, NodeId self, const Clock& clock, Timing timing);
  /// After stop() was awaited.
  ~WorkerIdLease();

  /// Waits for a place up to `patience`. Throws Error 503 naming the limit of 32 nodes when there is none.
  Task<void> acquire(Millis patience);
  /// Gives the place back, with its mark.
  Task<void> stop();

  SnowflakeGenerator& ids();
  std::optional<int> worker() const;  ///< empty while none is held

 private:
  class Holder;
  std::shared_ptr<Holder> holder_;
};

}  // namespace flotilla::cluster
