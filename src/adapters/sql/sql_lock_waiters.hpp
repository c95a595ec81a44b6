#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "runtime/wakeup.hpp"

namespace flotilla::sql {

/// Who waits for which key in this process. Thread-safe.
class LockWaiters {
 public:
  /// The key is known as long as somebody holds what this gives.
  std::shared_ptr<Wakeup> of(const std::string& key);
  /// Does nothing when nobody waits for the key.
  void notify(const std::string& key);
  void notify_all();

 private:
  void sweep();

  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<Wakeup>> waiting_;
  std::size_t sweep_at_ = 64;
};

}  // namespace flotilla::sql
