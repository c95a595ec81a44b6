#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/wakeup.hpp"

namespace flotilla::cluster {

/// Who of this node waits for which key, first come first served: only the first of each key asks the store.
/// Thread-safe.
class KeyQueues {
 public:
  struct Place {
    Wakeup turn;
  };

  /// Joins the end of the key's queue.
  std::shared_ptr<Place> join(const std::string& key) {
    auto place = std::make_shared<Place>();
    std::lock_guard lock(mutex_);
    queues_[key].push_back(place);
    return place;
  }
  bool first(const std::string& key, const std::shared_ptr<Place>& place) const {
    std::lock_guard lock(mutex_);
    const auto found = queues_.find(key);
    return found != queues_.end() && found->second.front() == place;
  }
  /// Leaves, from wherever it is, and wakes who is first now.
  void leave(const std::string& key, const std::shared_ptr<Place>& place) {
    std::shared_ptr<Place> next;
    {
      std::lock_guard lock(mutex_);
      const auto found = queues_.find(key);
      if (found == queues_.end()) return;
      std::erase(found->second, place);
      if (found->second.empty())
        queues_.erase(found);
      else
        next = found->second.front();
    }
    if (next) next->turn.notify();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<std::shared_ptr<Place>>> queues_;
};

}  // namespace flotilla::cluster
