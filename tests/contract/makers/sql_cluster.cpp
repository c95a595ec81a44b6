#include "contract/makers/sql_cluster.hpp"

#include "adapters/sql/sql_counter.hpp"
#include "adapters/sql/sql_high_water.hpp"
#include "adapters/sql/sql_lock.hpp"
#include "adapters/sql/sql_registry.hpp"
#include "adapters/sql/sql_signal.hpp"
#include "adapters/sql/sql_worker_id.hpp"
#include "contract/makers/sql_cluster_store.hpp"
#include "contract/makers/sql_queue.hpp"

namespace flotilla::contract {

std::shared_ptr<cluster::LockStore> sqlite_locks(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlLockStore>(sqlite_database(loop, app));
}

std::shared_ptr<cluster::SignalLog> sqlite_signals(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlSignalLog>(sqlite_database(loop, app));
}

std::shared_ptr<cluster::WorkerIdStore> sqlite_worker_ids(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlWorkerIdStore>(sqlite_database(loop, app), app);
}

std::shared_ptr<cluster::HighWaterStore> sqlite_high_water(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlHighWaterStore>(sqlite_database(loop, app), app);
}

std::shared_ptr<cluster::RegistryStore> sqlite_registry(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlRegistryStore>(sqlite_database(loop, app), app);
}

std::shared_ptr<cluster::CounterStore> sqlite_counters(test::Loop& loop, const std::string& app) {
  return store_in<sql::SqlCounterStore>(sqlite_database(loop, app));
}

}  // namespace flotilla::contract
