#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "cluster/cache/counter_store.hpp"

namespace flotilla::memory {

/// Counters of this process. Those whose life is over are swept out as new ones come. Thread-safe; never
/// throws Unavailable. A total beyond 64 bits throws Error 400 and changes nothing.
class MemoryCounterStore : public cluster::CounterStore {
 public:
  using Now = std::function<cluster::Monotonic()>;

  explicit MemoryCounterStore(Now now = [] { return std::chrono::steady_clock::now(); })
      : now_(std::move(now)) {}

  Task<std::int64_t> add(std::string key, std::int64_t by, std::optional<cluster::Millis> ttl) override;
  Task<std::int64_t> get(std::string key) override;
  Task<void> reset(std::string key) override;
  /// Counters in memory, dead ones that were not swept yet included.
  std::size_t size() const;

 private:
  struct Count {
    std::int64_t total = 0;
    std::optional<cluster::Monotonic> ends;
    bool over(cluster::Monotonic now) const { return ends && now >= *ends; }
  };
  void sweep(cluster::Monotonic now);

  const Now now_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Count> counts_;
  std::size_t sweep_at_ = 1'024;
};

}  // namespace flotilla::memory
