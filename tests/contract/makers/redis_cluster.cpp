#include "contract/makers/redis_cluster.hpp"

#include "adapters/redis/redis_lock_store.hpp"
#include "adapters/redis/redis_queue.hpp"
#include "adapters/redis/redis_signal_log.hpp"
#include "adapters/redis/redis_worker_id_store.hpp"
#include "contract/makers/redis.hpp"

namespace flotilla::contract {

std::shared_ptr<cluster::LockStore> redis_locks(test::Loop& loop, const std::string& url,
                                                const std::string&) {
  return redis::RedisLockStore::make(redis_client(loop, url), loop.executor());
}

std::shared_ptr<cluster::SignalLog> redis_signals(test::Loop& loop, const std::string& url,
                                                  const std::string& app) {
  return std::make_shared<redis::RedisSignalLog>(redis_client(loop, url), app);
}

std::shared_ptr<cluster::QueueBackend> redis_queue(test::Loop& loop, const std::string& url,
                                                   const std::string& app) {
  return std::make_shared<redis::RedisQueue>(redis_client(loop, url), app);
}

std::shared_ptr<cluster::WorkerIdStore> redis_worker_ids(test::Loop& loop, const std::string& url,
                                                         const std::string& app) {
  return std::make_shared<redis::RedisWorkerIdStore>(redis_client(loop, url), app);
}

}  // namespace flotilla::contract
