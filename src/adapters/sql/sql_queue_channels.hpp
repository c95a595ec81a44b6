#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "runtime/wakeup.hpp"

namespace flotilla::sql {

/// The channels that are consumed in this process. Thread-safe.
class QueueChannels {
 public:
  std::shared_ptr<Wakeup> consumed(const std::string& channel);
  /// There is work. Does nothing when nobody here consumes the channel.
  void wake(const std::string& channel);
  void wake_all();

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Wakeup>> channels_;
};

}  // namespace flotilla::sql
