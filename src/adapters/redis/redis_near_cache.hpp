#pragma once

#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "adapters/redis/redis_subscriber.hpp"
#include "cluster/cache/near_cache_store.hpp"

namespace flotilla::redis {

/// A cache in Redis with copies in this process, which the server makes void when anybody changes a key
/// (CLIENT TRACKING in broadcast mode, on a connection of its own).
///
/// A copy is served only while the server has confirmed within kLease that we have heard everything: a link
/// that is lost, half-open or late, or a process that was paused, makes all reads go to Redis.
class RedisNearCache {
 public:
  static constexpr Millis kLease{1'000};
  static constexpr Millis kHeartbeat{200};  ///< between two PINGs on the link
  static constexpr Millis kSilence{500};    ///< without an answer to one the link is given up

  /// `prefix` of all keys the store is used for: "main:". `link` names the connection and its back-off; its
  /// deadlines are ours.
  RedisNearCache(std::shared_ptr<RedisClient> client, std::string prefix, cluster::NearOptions options = {},
                 ClientOptions link = {});
  ~RedisNearCache();

  const std::shared_ptr<cluster::NearCacheStore>& store() const { return store_; }
  bool fresh() const;
  Task<void> close();

 private:
  struct Lease;
  std::shared_ptr<Lease> lease_;
  std::shared_ptr<cluster::NearCacheStore> store_;
  std::unique_ptr<RedisSubscriber> link_;
};

}  // namespace flotilla::redis
