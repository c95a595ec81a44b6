#pragma once

#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cluster/signal/signal_log.hpp"
#include "runtime/async_mutex.hpp"

namespace flotilla::sql {

/// A signal that waits for its number. Changed only by who has the lane's turn.
struct PendingSignal {
  std::string body;
  cluster::SignalPosition position = {};
  std::exception_ptr error = {};
  bool done = false;
};

/// The signals of one channel that this process is about to append. They would wait for each other's commits
/// anyway: those that have come together share one transaction. Thread-safe.
class SignalLane {
 public:
  using Batch = std::vector<std::shared_ptr<PendingSignal>>;
  static constexpr std::size_t kBatchMax = 64;

  void add(std::shared_ptr<PendingSignal> signal);
  /// The next ones, in the order in which they came.
  Batch next();
  AsyncMutex& turn() { return turn_; }

 private:
  AsyncMutex turn_;
  std::mutex mutex_;
  Batch waiting_;
};

/// Lanes by channel. Thread-safe.
class SignalLanes {
 public:
  /// Of the channel, the same for all who hold it at a time.
  std::shared_ptr<SignalLane> of(const std::string& channel);

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<SignalLane>> lanes_;
  std::size_t sweep_at_ = 64;
};

}  // namespace flotilla::sql
