#include "adapters/redis/redis_near_cache.hpp"

#include <atomic>

#include "adapters/redis/redis_cache_store.hpp"

namespace flotilla::redis {

namespace {

using cluster::Monotonic;
using cluster::NearCacheStore;
using cluster::NearFound;
using Clock = std::chrono::steady_clock;
using Found = std::vector<std::optional<NearFound>>;

constexpr const char* kInvalidations = "__redis__:invalidate";

/// Values and what is left of their lives, in one round trip. The life is asked last: a value that ends in
/// between is not kept.
Task<Found> read(std::shared_ptr<RedisClient> client, std::vector<std::string> keys) {
  std::vector<Command> commands(1);
  commands.front().push_back("MGET");
  for (const std::string& key : keys) commands.front().push_back(key);
  for (std::string& key : keys) commands.push_back({"PTTL", std::move(key)});
  std::vector<Reply> replies = co_await client->pipeline(std::move(commands));
  for (const Reply& reply : replies)
    if (reply.is_error()) throw_error(client->url().service(), reply);
  Reply::Items values = std::move(replies.front()).items();
  Found found(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].is_nil()) continue;
    found[i] = NearFound{std::move(values[i]).text(), std::nullopt};
    const std::int64_t left = replies.at(i + 1).integer();
    if (left != -1) found[i]->left = Millis(std::max<std::int64_t>(0, left));
  }
  co_return found;
}

std::vector<Command> tracking(std::int64_t client_id, const std::string& prefix) {
  // A connection may be told of invalidations on itself: one link that is there or not, no half of a pair.
  return {{"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(client_id), "BCAST", "PREFIX", prefix}};
}

}  // namespace

/// Until when copies may be believed.
struct RedisNearCache::Lease {
  void extend(Monotonic as_of) {
    until.store((as_of + kLease).time_since_epoch().count(), std::memory_order_release);
  }
  void end() { until.store(Clock::duration::min().count(), std::memory_order_release); }
  bool holds() const {
    return Clock::now().time_since_epoch().count() < until.load(std::memory_order_acquire);
  }
  std::atomic<Clock::rep> until{Clock::duration::min().count()};
};

RedisNearCache::RedisNearCache(std::shared_ptr<RedisClient> client, std::string prefix,
                               cluster::NearOptions options, ClientOptions link)
    : lease_(std::make_shared<Lease>()) {
  if (!options.read)
    options.read = [client](std::vector<std::string> keys) { return read(client, std::move(keys)); };
  store_ = std::make_shared<NearCacheStore>(
      std::make_shared<RedisCacheStore>(client), [lease = lease_] { return lease->holds(); },
      std::move(options));

  RedisSubscriber::Listener listener;
  listener.message = [store = store_](const std::string&, const Reply& keys) {
    if (!keys.is_array()) return store->invalidate_all();  // FLUSHALL, FLUSHDB
    for (const Reply& key : keys.items()) store->invalidate(key.text());
  };
  listener.subscribed = [store = store_] { store->invalidate_all(); };
  listener.alive = [lease = lease_](Monotonic as_of) { lease->extend(as_of); };
  listener.lost = [lease = lease_, store = store_] {
    lease->end();
    store->invalidate_all();
  };
  RedisSubscriber::Options subscriber;
  subscriber.client = std::move(link);
  subscriber.client.deadline = kSilence;
  subscriber.client.ping_after = kHeartbeat;
  subscriber.prepare = [prefix = std::move(prefix)](std::int64_t id) { return tracking(id, prefix); };
  link_ = std::make_unique<RedisSubscriber>(client->executor(), client->url(), std::move(listener),
                                            std::vector<std::string>{kInvalidations}, std::move(subscriber));
}

RedisNearCache::~RedisNearCache() { lease_->end(); }

bool RedisNearCache::fresh() const { return lease_->holds(); }

Task<void> RedisNearCache::close() {
  co_await link_->close();
  lease_->end();
  store_->invalidate_all();
}

}  // namespace flotilla::redis
