#include "contract/makers/redis.hpp"

#include <stdexcept>

#include "adapters/redis/redis_bloom_store.hpp"
#include "adapters/redis/redis_cache_store.hpp"
#include "adapters/redis/redis_counter_store.hpp"
#include "contract/until.hpp"

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

std::shared_ptr<cluster::BloomStore> redis_blooms(test::Loop& loop, const std::string& url) {
  return std::make_shared<redis::RedisBloomStore>(redis_client(loop, url));
}

std::shared_ptr<redis::RedisNearCache> redis_near_cache(test::Loop& loop, const std::string& url,
                                                        const std::string& prefix) {
  auto cache = std::make_shared<redis::RedisNearCache>(redis_client(loop, url), prefix);
  if (!until([&] { return cache->fresh(); })) throw std::runtime_error("the near cache is not fresh in time");
  return cache;
}

}  // namespace flotilla::contract
