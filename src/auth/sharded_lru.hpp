#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace flotilla::auth {

/// The most recently used values by text key, at most about `capacity` of them. Sharded, so that event loops
/// seldom wait for one another. Thread-safe.
template <class Value>
class ShardedLru {
 public:
  explicit ShardedLru(std::size_t capacity) : per_shard_(std::max<std::size_t>(1, capacity / kShards)) {}

  std::shared_ptr<const Value> find(std::string_view key) {
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    auto at = shard.index.find(key);
    if (at == shard.index.end()) return nullptr;
    shard.order.splice(shard.order.begin(), shard.order, at->second);
    return at->second->value;
  }

  /// Rises with every erase and clear.
  std::uint64_t generation() const { return generation_.load(); }

  /// Does nothing when something was erased since `generation`: what was read before may be old by now.
  void put(std::string_view key, std::shared_ptr<const Value> value, std::uint64_t generation) {
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    if (generation_.load() != generation) return;
    if (auto at = shard.index.find(key); at != shard.index.end()) {
      at->second->value = std::move(value);
      shard.order.splice(shard.order.begin(), shard.order, at->second);
      return;
    }
    shard.order.push_front({std::string(key), std::move(value)});
    shard.index.emplace(shard.order.front().key, shard.order.begin());
    if (shard.order.size() <= per_shard_) return;
    shard.index.erase(shard.order.back().key);
    shard.order.pop_back();
  }

  void erase(std::string_view key) {
    ++generation_;
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    auto at = shard.index.find(key);
    if (at == shard.index.end()) return;
    auto entry = at->second;
    shard.index.erase(at);
    shard.order.erase(entry);
  }

  void clear() {
    ++generation_;
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      shard.index.clear();
      shard.order.clear();
    }
  }

  std::size_t size() {
    std::size_t count = 0;
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      count += shard.order.size();
    }
    return count;
  }

 private:
  static constexpr std::size_t kShards = 16;
  struct Entry {
    std::string key;
    std::shared_ptr<const Value> value;
  };
  struct Shard {
    std::mutex mutex;
    std::list<Entry> order;  ///< most recently used first
    std::unordered_map<std::string_view, typename std::list<Entry>::iterator>
        index;  ///< keys live in `order`
  };
  Shard& shard_of(std::string_view key) {
    // The low bits choose the bucket within a shard.
    return shards_[(std::hash<std::string_view>{}(key) >> 48) % kShards];
  }

  const std::size_t per_shard_;
  std::atomic<std::uint64_t> generation_{0};
  std::array<Shard, kShards> shards_;
};

}  // namespace flotilla::auth
