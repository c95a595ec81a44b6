#include "app/stores.hpp"

#include "adapters/memory/memory_bloom_store.hpp"
#include "adapters/memory/memory_cache_store.hpp"
#include "adapters/memory/memory_counter_store.hpp"
#include "adapters/memory/memory_lock_store.hpp"
#include "adapters/memory/memory_signal_log.hpp"
#include "adapters/rabbitmq/rabbitmq_queue.hpp"
#include "adapters/redis/redis_bloom_store.hpp"
#include "adapters/redis/redis_cache_store.hpp"
#include "adapters/redis/redis_counter_store.hpp"
#include "adapters/redis/redis_lock_store.hpp"
#include "adapters/redis/redis_near_cache.hpp"
#include "adapters/redis/redis_queue.hpp"
#include "adapters/redis/redis_signal_log.hpp"
#include "adapters/redis/redis_worker_id_store.hpp"
#include "adapters/sql/sql_counter.hpp"
#include "adapters/sql/sql_high_water.hpp"
#include "adapters/sql/sql_lock.hpp"
#include "adapters/sql/sql_registry.hpp"
#include "adapters/sql/sql_worker_id.hpp"

namespace flotilla::app {

namespace {

/// In front of the keys of queues, whose channels carry the application's name by themselves.
constexpr const char* kQueueSpace = "flotilla";

class Chooser {
 public:
  Chooser(const StoresBase& base, redis::RedisConnections& connections, const cluster::AppName& app)
      : base_(base),
        settings_(base.settings),
        database_(base.database),
        connections_(connections),
        app_(app) {}

  Stores choose() {
    Stores out;
    cache(out);
    signals(out);
    locks(out);
    queue(out);
    worker_ids(out);
    out.high_water = std::make_shared<sql::SqlHighWaterStore>(database_, app_);
    out.nodes = std::make_shared<sql::SqlRegistryStore>(database_, app_);
    return out;
  }

 private:
  std::shared_ptr<redis::RedisClient> client(const AdapterChoice& choice, const char* purpose,
                                             redis::Keeping keeping) {
    return connections_.client(redis::RedisUrl::parse(choice.url_variable, choice.url), purpose, keeping);
  }

  void cache(Stores& out) {
    out.caches["memory"] = {std::make_shared<memory::MemoryCacheStore>(settings_.cluster.cache_items_max),
                            counters_without_redis(), std::make_shared<memory::MemoryBloomStore>()};
    if (settings_.cluster.cache.adapter != "redis") return;
    const auto redis = client(settings_.cluster.cache, "cache", redis::Keeping::cache);
    auto near = std::make_shared<redis::RedisNearCache>(redis, app_ + ":");
    out.near_cache = near;
    out.caches["redis"] = {near->store(), std::make_shared<redis::RedisCounterStore>(redis),
                           std::make_shared<redis::RedisBloomStore>(redis)};
  }

  /// What counts for all nodes cannot be counted by each of them.
  std::shared_ptr<cluster::CounterStore> counters_without_redis() {
    if (settings_.cluster.pubsub.in_process()) return std::make_shared<memory::MemoryCounterStore>();
    return std::make_shared<sql::SqlCounterStore>(database_);
  }

  void signals(Stores& out) {
    const AdapterChoice& choice = settings_.cluster.pubsub;
    if (choice.adapter == "redis")
      out.signals =
          std::make_shared<redis::RedisSignalLog>(client(choice, "signals", redis::Keeping::durable), app_);
    else if (choice.adapter == "database")
      out.signals = out.sql_signals =
          std::make_shared<sql::SqlSignalLog>(database_, sql::SqlSignalOptions{.listen = base_.listen});
    else
      out.signals = std::make_shared<memory::MemorySignalLog>();
  }

  static void lock_in_redis(Stores& out, const std::shared_ptr<redis::RedisClient>& redis) {
    out.locks = out.redis_locks = redis::RedisLockStore::make(redis, redis->executor());
  }

  void locks(Stores& out) {
    const AdapterChoice& choice = settings_.cluster.lock;
    if (choice.adapter == "redis")
      lock_in_redis(out, client(choice, "locks", redis::Keeping::durable));
    else if (choice.adapter == "database")
      out.locks = std::make_shared<sql::SqlLockStore>(database_, sql::SqlLockOptions{.listen = base_.listen});
    else
      out.locks = std::make_shared<memory::MemoryLockStore>();
  }

  /// In memory means: in the main database, and nobody else works on it.
  void queue(Stores& out) {
    const AdapterChoice& choice = settings_.cluster.queue;
    if (choice.adapter == "redis") {
      out.queue =
          std::make_shared<redis::RedisQueue>(client(choice, "queue", redis::Keeping::durable), kQueueSpace);
    } else if (choice.adapter == "rabbitmq") {
      rabbitmq::RabbitOptions options;
      options.url = choice.url;
      options.variable = choice.url_variable;
      rabbitmq::check_rabbit_url(options);
      out.queue = std::make_shared<rabbitmq::RabbitQueue>(options, out.locks);
    } else {
      sql::SqlQueueOptions options;
      if (choice.adapter == "memory") options.poll = cluster::Millis{1'000};
      if (choice.adapter == "database" && base_.listen) {
        options.listen = base_.listen;
        out.queue_announcer = std::make_shared<sql::QueueAnnouncer>(base_.executor, database_);
        options.tell = [announcer = out.queue_announcer](const std::string& channel) {
          announcer->tell(channel);
        };
      }
      out.queue = out.sql_queue = std::make_shared<sql::SqlQueue>(database_, options);
    }
  }

  void worker_ids(Stores& out) {
    const AdapterChoice& choice = settings_.cluster.worker_id;
    if (choice.adapter == "redis")
      out.worker_ids = std::make_shared<redis::RedisWorkerIdStore>(
          client(choice, "worker ids", redis::Keeping::durable), app_);
    else
      out.worker_ids = std::make_shared<sql::SqlWorkerIdStore>(database_, app_);
  }

  const StoresBase& base_;
  const Settings& settings_;
  data::Database& database_;
  redis::RedisConnections& connections_;
  const cluster::AppName& app_;
};

}  // namespace

Stores make_stores(const StoresBase& base, redis::RedisConnections& connections,
                   const cluster::AppName& app) {
  return Chooser(base, connections, app).choose();
}

}  // namespace flotilla::app
