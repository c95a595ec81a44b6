#include "adapters/memory/memory_lock_store.hpp"

namespace flotilla::memory {

using cluster::Millis;

MemoryLockStore::MemoryLockStore(Now now)
    : now_(std::move(now)),
      last_token_(std::chrono::duration_cast<std::chrono::microseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count()) {}

MemoryLockStore::Held* MemoryLockStore::live(const std::string& key) {
  const auto found = held_.find(key);
  if (found == held_.end()) return nullptr;
  if (found->second.ends > now_()) return &found->second;
  held_.erase(found);
  return nullptr;
}

Task<cluster::LockStore::Attempt> MemoryLockStore::try_take(std::string key, std::string owner, Millis ttl) {
  std::lock_guard lock(mutex_);
  if (const Held* held = live(key)) {
    if (held->owner == owner) co_return Attempt{true, held->token, {}};
    co_return Attempt{false, 0, std::chrono::ceil<Millis>(held->ends - now_())};
  }
  held_[key] = {owner, ++last_token_, now_() + ttl};
  co_return Attempt{true, last_token_, {}};
}

Task<bool> MemoryLockStore::extend(std::string key, std::string owner, Millis ttl) {
  std::lock_guard lock(mutex_);
  Held* held = live(key);
  if (!held || held->owner != owner) co_return false;
  held->ends = now_() + ttl;
  co_return true;
}

Task<bool> MemoryLockStore::release(std::string key, std::string owner) {
  {
    std::lock_guard lock(mutex_);
    const Held* held = live(key);
    if (!held || held->owner != owner) co_return false;
    held_.erase(key);
  }
  released_.notify();
  co_return true;
}

Task<void> MemoryLockStore::wait_released(std::string key, Millis wait) {
  const Wakeup::Version seen = released_.version();
  {
    std::lock_guard lock(mutex_);
    if (!live(key)) co_return;
  }
  co_await released_.wait(seen, wait);
}

}  // namespace flotilla::memory
