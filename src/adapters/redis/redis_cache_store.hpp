#pragma once

#include <memory>

#include "adapters/redis/redis_client.hpp"
#include "cluster/cache/cache_store.hpp"

namespace flotilla::redis {

/// Cached values as Redis strings. A life of 0 or less is none: the value stays.
class RedisCacheStore : public cluster::CacheStore {
 public:
  explicit RedisCacheStore(std::shared_ptr<RedisClient> client) : client_(std::move(client)) {}

  Task<std::vector<std::optional<std::string>>> get(std::vector<std::string> keys) override;
  Task<void> set(std::vector<Entry> entries, std::optional<Millis> ttl) override;
  Task<std::int64_t> erase(std::vector<std::string> keys) override;
  Task<Life> life(std::string key) override;
  Task<std::vector<std::string>> keys(std::string prefix) override;
  /// Reads, edits and writes if the value is still the same; again when it is not: of those who edit at one
  /// time one always gets on. Throws Unavailable (timeout) when it was not ours kEditTriesMax times.
  Task<void> edit_object(std::string key, std::string name, std::optional<std::string> value) override;

  static constexpr int kEditTriesMax = 10'000;

 private:
  std::shared_ptr<RedisClient> client_;
};

/// `text` as a SCAN pattern that matches only itself.
std::string escape_glob(std::string_view text);

}  // namespace flotilla::redis
