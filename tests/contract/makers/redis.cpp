#include "contract/makers/redis.hpp"

#include "adapters/redis/redis_cache_store.hpp"
#include "adapters/redis/redis_counter_store.hpp"

namespace flotilla::contract {

std::shared_ptr<redis::RedisClient> redis_client(test::Loop& loop, const std::string& url,
                                                 redis::ClientOptions options) {
  auto client = std::make_shared<redis::RedisClient>(
      loop.executor(), redis::RedisUrl::parse("TEST_REDIS_URL", url), std::move(options));
  loop.run(client->connect(redis::Millis(20'000)));
  return client;
}

std::shared_ptr<cluster::CacheStore> redis_cache(test::Loop& loop, const std::string& url) {
  return std::make_shared<redis::RedisCacheStore>(redis_client(loop, url));
}

std::shared_ptr<cluster::CounterStore> redis_counters(test::Loop& loop, const std::string& url) {
  return std::make_shared<redis::RedisCounterStore>(redis_client(loop, url));
}

}  // namespace flotilla::contract
