#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <unordered_set>

namespace flotilla::rabbitmq {

/// The last ids, a bounded number of them. Thread-safe.
class RecentIds {
 public:
  explicit RecentIds(std::size_t max) : max_(max) {}

  bool contains(const std::string& id) const {
    std::lock_guard lock(mutex_);
    return known_.contains(id);
  }
  void add(const std::string& id) {
    std::lock_guard lock(mutex_);
    if (!known_.insert(id).second) return;
    order_.push_back(id);
    if (order_.size() <= max_) return;
    known_.erase(order_.front());
    order_.pop_front();
  }

 private:
  const std::size_t max_;
  mutable std::mutex mutex_;
  std::unordered_set<std::string> known_;
  std::deque<std::string> order_;
};

}  // namespace flotilla::rabbitmq
