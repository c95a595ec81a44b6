#pragma once

#include <memory>

#include "adapters/redis/redis_client.hpp"
#include "cluster/cache/counter_store.hpp"

namespace flotilla::redis {

/// Counters as Redis integers. An add beyond 64 bits throws RedisError and changes nothing.
class RedisCounterStore : public cluster::CounterStore {
 public:
  explicit RedisCounterStore(std::shared_ptr<RedisClient> client) : client_(std::move(client)) {}

  Task<std::int64_t> add(std::string key, std::int64_t by, std::optional<Millis> ttl) override;
  Task<std::int64_t> get(std::string key) override;
  Task<void> reset(std::string key) override;

 private:
  std::shared_ptr<RedisClient> client_;
};

}  // namespace flotilla::redis
