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
  void add(std::string id) {
    std::lock_guard lock(mutex_);
    const auto [at, fresh] = known_.insert(std::move(id));
    if (!fresh) return;
    order_.push_back(&*at);
    if (order_.size() <= max_) return;
    known_.erase(known_.find(*order_.front()));
    order_.pop_front();
  }

 private:
  const std::size_t max_;
  mutable std::mutex mutex_;
  std::unordered_set<std::string> known_;
  std::deque<const std::string*> order_;  ///< of the elements, which stay where they are
};

}  // namespace flotilla::rabbitmq
