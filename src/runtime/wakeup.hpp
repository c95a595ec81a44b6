#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/task.hpp"

namespace flotilla {

/// Wakes coroutines that wait for something to change. A waiter first takes `version()`, then looks at what
/// it waits for, then calls wait() with that version: a change in between is not missed. Thread-safe; a
/// waiter's executor must run one handler at a time (an event loop, a strand).
class Wakeup {
 public:
  using Version = std::uint64_t;

  Version version() const;
  /// Ends when notify() was called after `seen` was taken, or after `timeout`. True when notified.
  Task<bool> wait(Version seen, std::chrono::milliseconds timeout);
  /// Wakes every waiter. Never blocks.
  void notify();

 private:
  using Timer = boost::asio::steady_timer;

  mutable std::mutex mutex_;
  Version version_ = 0;
  std::vector<std::shared_ptr<Timer>> waiting_;
};

}  // namespace flotilla
