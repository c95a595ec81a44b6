#include "adapters/memory/memory_counter_store.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace flotilla::memory {

using cluster::Monotonic;

// Whenever the table has doubled since the last time: the work is spread over the adds that made it grow.
void MemoryCounterStore::sweep(Monotonic now) {
  if (counts_.size() < sweep_at_) return;
  std::erase_if(counts_, [now](const auto& item) { return item.second.over(now); });
  sweep_at_ = std::max<std::size_t>(1'024, 2 * counts_.size());
}

Task<std::int64_t> MemoryCounterStore::add(std::string key, std::int64_t by,
                                           std::optional<cluster::Millis> ttl) {
  const Monotonic now = now_();
  std::lock_guard lock(mutex_);
  sweep(now);
  const auto [place, made] = counts_.try_emplace(std::move(key));
  Count& count = place->second;
  const bool fresh = made || count.over(now);
  std::int64_t total = 0;
  if (__builtin_add_overflow(fresh ? 0 : count.total, by, &total))
    throw bad_request("the counter \"" + place->first + "\" would leave 64 bits");
  count.total = total;
  if (fresh) {
    count.ends.reset();
    if (ttl && ttl->count() > 0) count.ends = now + *ttl;
  }
  co_return total;
}

Task<std::int64_t> MemoryCounterStore::get(std::string key) {
  const Monotonic now = now_();
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(key);
  co_return found == counts_.end() || found->second.over(now) ? 0 : found->second.total;
}

Task<void> MemoryCounterStore::reset(std::string key) {
  std::lock_guard lock(mutex_);
  counts_.erase(key);
  co_return;
}

std::size_t MemoryCounterStore::size() const {
  std::lock_guard lock(mutex_);
  return counts_.size();
}

}  // namespace flotilla::memory
