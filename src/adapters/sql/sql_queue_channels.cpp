#include "adapters/sql/sql_queue_channels.hpp"

#include <vector>

namespace flotilla::sql {

std::shared_ptr<Wakeup> QueueChannels::consumed(const std::string& channel) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Wakeup>& entry = channels_[channel];
  if (!entry) entry = std::make_shared<Wakeup>();
  return entry;
}

void QueueChannels::wake(const std::string& channel) {
  std::shared_ptr<Wakeup> found;
  {
    std::lock_guard lock(mutex_);
    auto entry = channels_.find(channel);
    if (entry == channels_.end()) return;
    found = entry->second;
  }
  found->notify();
}

void QueueChannels::wake_all() {
  std::vector<std::shared_ptr<Wakeup>> all;
  {
    std::lock_guard lock(mutex_);
    for (auto& [name, wakeup] : channels_) all.push_back(wakeup);
  }
  for (auto& wakeup : all) wakeup->notify();
}

}  // namespace flotilla::sql
