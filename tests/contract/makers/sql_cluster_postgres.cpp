#include "adapters/postgres/postgres_notifications.hpp"
#include "adapters/sql/sql_counter.hpp"
#include "adapters/sql/sql_high_water.hpp"
#include "adapters/sql/sql_lock.hpp"
#include "adapters/sql/sql_registry.hpp"
#include "adapters/sql/sql_signal.hpp"
#include "adapters/sql/sql_worker_id.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "contract/makers/sql_cluster_store.hpp"
#include "contract/makers/sql_queue.hpp"

namespace flotilla::contract {

sql::Listen postgres_listen(test::Loop& loop, const std::string& url) {
  auto notifications =
      std::make_shared<postgres::PostgresNotifications>(postgres::parse_postgres_url(url), loop.executor());
  return [notifications](const std::string& channel, std::function<void(const std::string&)> hear) {
    return notifications->subscribe(channel, std::move(hear));
  };
}

std::shared_ptr<cluster::LockStore> postgres_locks(test::Loop& loop, const std::string& url,
                                                   const std::string& app) {
  sql::SqlLockOptions options;
  options.listen = postgres_listen(loop, url);
  return store_in<sql::SqlLockStore>(postgres_database(loop, url, app), std::move(options));
}

std::shared_ptr<cluster::SignalLog> postgres_signals(test::Loop& loop, const std::string& url,
                                                     const std::string& app) {
  sql::SqlSignalOptions options;
  options.listen = postgres_listen(loop, url);
  return store_in<sql::SqlSignalLog>(postgres_database(loop, url, app), std::move(options));
}

std::shared_ptr<cluster::WorkerIdStore> postgres_worker_ids(test::Loop& loop, const std::string& url,
                                                            const std::string& app) {
  return store_in<sql::SqlWorkerIdStore>(postgres_database(loop, url, app), app);
}

std::shared_ptr<cluster::HighWaterStore> postgres_high_water(test::Loop& loop, const std::string& url,
                                                             const std::string& app) {
  return store_in<sql::SqlHighWaterStore>(postgres_database(loop, url, app), app);
}

std::shared_ptr<cluster::RegistryStore> postgres_registry(test::Loop& loop, const std::string& url,
                                                          const std::string& app) {
  return store_in<sql::SqlRegistryStore>(postgres_database(loop, url, app), app);
}

std::shared_ptr<cluster::CounterStore> postgres_counters(test::Loop& loop, const std::string& url,
                                                         const std::string& app) {
  return store_in<sql::SqlCounterStore>(postgres_database(loop, url, app));
}

}  // namespace flotilla::contract
