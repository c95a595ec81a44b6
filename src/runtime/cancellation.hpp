#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "runtime/wakeup.hpp"

namespace flotilla {

/// A request to stop that is shared by who asks and who obeys. Copies are the same request. Thread-safe.
class Cancellation {
 public:
  Cancellation() : state_(std::make_shared<State>()) {}

  /// Cannot be taken back; calling it again does nothing.
  void cancel();
  bool cancelled() const noexcept { return state_->cancelled.load(std::memory_order_acquire); }
  /// Sleeps. True, and at once, when cancelled.
  Task<bool> wait(std::chrono::milliseconds timeout) const;

 private:
  struct State {
    std::atomic<bool> cancelled{false};
    Wakeup wakeup;
  };
  std::shared_ptr<State> state_;
};

}  // namespace flotilla
