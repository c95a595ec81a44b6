#include "adapters/mysql/mysql_database.hpp"
#include "adapters/sql/sql_counter.hpp"
#include "adapters/sql/sql_high_water.hpp"
#include "adapters/sql/sql_lock.hpp"
#include "adapters/sql/sql_registry.hpp"
#include "adapters/sql/sql_signal.hpp"
#include "adapters/sql/sql_worker_id.hpp"
#include "adapters/sql/tables.hpp"
#include "contract/makers/mysql.hpp"
#include "contract/makers/servers.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "contract/makers/sql_cluster_store.hpp"
#include "contract/makers/sql_node.hpp"
#include "contract/makers/sql_queue.hpp"

namespace flotilla::contract {

std::shared_ptr<data::Database> mariadb_database(test::Loop& loop, const std::string& url,
                                                 const std::string& app) {
  mysql::MysqlOptions options = mysql_options(loop, url, app);
  // Tests use few connections each, and many databases.
  options.read_connections = 2;
  options.write_connections = 4;
  std::shared_ptr<data::Database> database = mysql::open_mysql(options);
  if (!connected(loop, *database)) throw std::runtime_error("the test's MariaDB cannot be reached");
  loop.run(sql::create_cluster_tables(*database));
  return database;
}

std::shared_ptr<data::Database> sql_database(const std::string& name, test::Loop& loop,
                                             const std::string& app) {
  if (name == "sqlite") return sqlite_database(loop, app);
  return name == "mariadb" ? mariadb_database(loop, server(name), app)
                           : postgres_database(loop, server(name), app);
}

std::shared_ptr<cluster::QueueBackend> mariadb_queue(test::Loop& loop, const std::string& url,
                                                     const std::string& app) {
  return node_queue(mariadb_database(loop, url, app));
}

std::shared_ptr<cluster::FiringStore> mariadb_firings(test::Loop& loop, const std::string& url,
                                                      const std::string& app) {
  return node_firings(loop, mariadb_database(loop, url, app));
}

std::shared_ptr<cluster::LockStore> mariadb_locks(test::Loop& loop, const std::string& url,
                                                  const std::string& app) {
  return store_in<sql::SqlLockStore>(mariadb_database(loop, url, app));
}

std::shared_ptr<cluster::SignalLog> mariadb_signals(test::Loop& loop, const std::string& url,
                                                    const std::string& app) {
  return store_in<sql::SqlSignalLog>(mariadb_database(loop, url, app));
}

std::shared_ptr<cluster::WorkerIdStore> mariadb_worker_ids(test::Loop& loop, const std::string& url,
                                                           const std::string& app) {
  return store_in<sql::SqlWorkerIdStore>(mariadb_database(loop, url, app), app);
}

std::shared_ptr<cluster::HighWaterStore> mariadb_high_water(test::Loop& loop, const std::string& url,
                                                            const std::string& app) {
  return store_in<sql::SqlHighWaterStore>(mariadb_database(loop, url, app), app);
}

std::shared_ptr<cluster::RegistryStore> mariadb_registry(test::Loop& loop, const std::string& url,
                                                         const std::string& app) {
  return store_in<sql::SqlRegistryStore>(mariadb_database(loop, url, app), app);
}

std::shared_ptr<cluster::CounterStore> mariadb_counters(test::Loop& loop, const std::string& url,
                                                        const std::string& app) {
  return store_in<sql::SqlCounterStore>(mariadb_database(loop, url, app));
}

}  // namespace flotilla::contract
