#include "adapters/sql/sql_lock_waiters.hpp"

#include <algorithm>
#include <vector>

namespace flotilla::sql {

std::shared_ptr<Wakeup> LockWaiters::of(const std::string& key) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() >= sweep_at_) sweep();
  std::weak_ptr<Wakeup>& entry = waiting_[key];
  std::shared_ptr<Wakeup> wakeup = entry.lock();
  if (!wakeup) entry = wakeup = std::make_shared<Wakeup>();
  return wakeup;
}

void LockWaiters::notify(const std::string& key) {
  std::shared_ptr<Wakeup> wakeup;
  {
    std::lock_guard lock(mutex_);
    auto entry = waiting_.find(key);
    if (entry == waiting_.end()) return;
    wakeup = entry->second.lock();
    if (!wakeup) waiting_.erase(entry);
  }
  if (wakeup) wakeup->notify();
}

void LockWaiters::notify_all() {
  std::vector<std::shared_ptr<Wakeup>> all;
  {
    std::lock_guard lock(mutex_);
    for (auto& [key, entry] : waiting_)
      if (auto wakeup = entry.lock()) all.push_back(std::move(wakeup));
  }
  for (const auto& wakeup : all) wakeup->notify();
}

/// Entries whose waiters have gone; as seldom as makes its cost per call constant.
void LockWaiters::sweep() {
  std::erase_if(waiting_, [](const auto& entry) { return entry.second.expired(); });
  sweep_at_ = std::max<std::size_t>(64, 2 * waiting_.size());
}

}  // namespace flotilla::sql
