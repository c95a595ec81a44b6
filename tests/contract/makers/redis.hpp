#pragma once

#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "adapters/redis/redis_near_cache.hpp"
#include "cluster/cache/bloom_store.hpp"
#include "cluster/cache/cache_store.hpp"
#include "cluster/cache/counter_store.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

/// A client of `url` on the loop, connected. It must not outlive the loop.
std::shared_ptr<redis::RedisClient> redis_client(test::Loop& loop, const std::string& url,
                                                 redis::ClientOptions options = {});

// Each store has a client of its own: two stores are two nodes.
std::shared_ptr<cluster::CacheStore> redis_cache(test::Loop& loop, const std::string& url);
std::shared_ptr<cluster::CounterStore> redis_counters(test::Loop& loop, const std::string& url);
/// With BF.* where the server has it, else on bitmaps.
std::shared_ptr<cluster::BloomStore> redis_blooms(test::Loop& loop, const std::string& url);
/// A cache with copies in front, fresh; for keys below `prefix` ("t123:").
std::shared_ptr<redis::RedisNearCache> redis_near_cache(test::Loop& loop, const std::string& url,
                                                        const std::string& prefix);

}  // namespace flotilla::contract
