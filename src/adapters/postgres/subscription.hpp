#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace flotilla::postgres {

/// One callback of a channel. Thread-safe.
class Subscription {
 public:
  explicit Subscription(std::function<void(const std::string&)> hear) : hear_(std::move(hear)) {}

  void tell(const std::string& payload) {
    // Recursive: a callback may end its own subscription.
    std::lock_guard lock(mutex_);
    if (hear_ && live_) hear_(payload);
  }
  /// Once for every connection: something may have been missed before it listened.
  void greet(std::uint64_t connection) {
    std::lock_guard lock(mutex_);
    if (std::exchange(greeted_, connection) != connection) tell({});
  }
  /// Nothing is told any more when this has ended, also on other threads.
  void stop() {
    std::lock_guard lock(mutex_);
    live_ = false;
  }

 private:
  std::recursive_mutex mutex_;
  std::function<void(const std::string&)> hear_;
  std::uint64_t greeted_ = 0;
  bool live_ = true;
};

}  // namespace flotilla::postgres
