#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "adapters/redis/redis_connections.hpp"
#include "adapters/redis/redis_lock_store.hpp"
#include "adapters/redis/redis_near_cache.hpp"
#include "adapters/sql/sql_queue.hpp"
#include "adapters/sql/sql_queue_announcer.hpp"
#include "adapters/sql/sql_signal.hpp"
#include "base/settings.hpp"
#include "cluster/cache/cache_manager.hpp"
#include "cluster/lock/lock_store.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "cluster/registry/registry_store.hpp"
#include "cluster/signal/signal_log.hpp"
#include "cluster/worker_id/worker_id_store.hpp"

namespace flotilla::app {

/// The adapters that the settings choose: the one place that knows which technology does what.
struct Stores {
  std::map<std::string, cluster::CacheStores> caches;  ///< by store type
  std::shared_ptr<cluster::SignalLog> signals;
  std::shared_ptr<cluster::QueueBackend> queue;
  std::shared_ptr<cluster::LockStore> locks;
  std::shared_ptr<cluster::WorkerIdStore> worker_ids;
  std::shared_ptr<cluster::HighWaterStore> high_water;
  std::shared_ptr<cluster::RegistryStore> nodes;
  // The same objects as above when they are in the main database: the outbox then writes into them directly.
  std::shared_ptr<sql::SqlSignalLog> sql_signals;
  std::shared_ptr<sql::SqlQueue> sql_queue;
  // What has connections of its own to close.
  std::shared_ptr<redis::RedisNearCache> near_cache;
  std::shared_ptr<redis::RedisLockStore> redis_locks;
  std::shared_ptr<sql::QueueAnnouncer> queue_announcer;
};

/// What the adapters in the main database stand on; all of it outlives them.
struct StoresBase {
  const Settings& settings;
  data::Database& database;
  boost::asio::any_io_executor executor;  ///< runs one handler at a time
  sql::Listen listen = {};                ///< optional
};

/// Throws SettingError for an address that cannot be used. Nothing is connected yet; `connections` are.
Stores make_stores(const StoresBase& base, redis::RedisConnections& connections, const cluster::AppName& app);

}  // namespace flotilla::app
