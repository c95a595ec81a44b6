#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "cluster/cache/cache_store.hpp"
#include "cluster/cache/instant_reads.hpp"
#include "cluster/cache/lru_map.hpp"

namespace flotilla::memory {

/// Cached values of this process, at most `items_max`: a further one pushes out the one that was not used for
/// the longest time. Thread-safe; never throws Unavailable.
class MemoryCacheStore : public cluster::CacheStore, public cluster::InstantReads {
 public:
  static constexpr std::size_t kItemsMax = 2'000;
  using Now = std::function<cluster::Monotonic()>;

  explicit MemoryCacheStore(
      std::size_t items_max = kItemsMax, Now now = [] { return std::chrono::steady_clock::now(); });

  Task<std::vector<std::optional<std::string>>> get(std::vector<std::string> keys) override;
  Task<void> set(std::vector<Entry> entries, std::optional<cluster::Millis> ttl) override;
  Task<std::int64_t> erase(std::vector<std::string> keys) override;
  Task<Life> life(std::string key) override;
  Task<std::vector<std::string>> keys(std::string prefix) override;
  Task<void> edit_object(std::string key, std::string name, std::optional<std::string> value) override;

  std::shared_ptr<const std::string> peek(std::string_view key) override;

 private:
  struct Item {
    std::shared_ptr<const std::string> text;
    std::optional<cluster::Monotonic> ends;
  };
  /// Null when there is none, or its life is over. Under the lock.
  Item* live(std::string_view key, cluster::Monotonic now);

  const Now now_;
  std::mutex mutex_;
  cluster::LruMap<Item> items_;
};

}  // namespace flotilla::memory
