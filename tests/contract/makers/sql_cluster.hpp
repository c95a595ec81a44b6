#pragma once

#include <memory>
#include <string>

#include "adapters/sql/listen.hpp"
#include "cluster/cache/counter_store.hpp"
#include "cluster/lock/lock_store.hpp"
#include "cluster/registry/registry_store.hpp"
#include "cluster/signal/signal_log.hpp"
#include "cluster/worker_id/worker_id_store.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

// Each store has a connection to the database of its own: two stores of one `app` are two nodes. Applications
// do not see each other's rows: on SQLite each has a file, on PostgreSQL a schema, on MariaDB a database. The
// loop outlives the stores.

std::shared_ptr<cluster::LockStore> sqlite_locks(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::SignalLog> sqlite_signals(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::WorkerIdStore> sqlite_worker_ids(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::HighWaterStore> sqlite_high_water(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::RegistryStore> sqlite_registry(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::CounterStore> sqlite_counters(test::Loop& loop, const std::string& app);

/// LISTEN on a connection of its own, which lives as long as what uses it.
sql::Listen postgres_listen(test::Loop& loop, const std::string& url);
// Locks and signals by NOTIFY and LISTEN.
std::shared_ptr<cluster::LockStore> postgres_locks(test::Loop& loop, const std::string& url,
                                                   const std::string& app);
std::shared_ptr<cluster::SignalLog> postgres_signals(test::Loop& loop, const std::string& url,
                                                     const std::string& app);
std::shared_ptr<cluster::WorkerIdStore> postgres_worker_ids(test::Loop& loop, const std::string& url,
                                                            const std::string& app);
std::shared_ptr<cluster::HighWaterStore> postgres_high_water(test::Loop& loop, const std::string& url,
                                                             const std::string& app);
std::shared_ptr<cluster::RegistryStore> postgres_registry(test::Loop& loop, const std::string& url,
                                                          const std::string& app);
std::shared_ptr<cluster::CounterStore> postgres_counters(test::Loop& loop, const std::string& url,
                                                         const std::string& app);

// They find out by looking: MariaDB tells nobody.
std::shared_ptr<cluster::LockStore> mariadb_locks(test::Loop& loop, const std::string& url,
                                                  const std::string& app);
std::shared_ptr<cluster::SignalLog> mariadb_signals(test::Loop& loop, const std::string& url,
                                                    const std::string& app);
std::shared_ptr<cluster::WorkerIdStore> mariadb_worker_ids(test::Loop& loop, const std::string& url,
                                                           const std::string& app);
std::shared_ptr<cluster::HighWaterStore> mariadb_high_water(test::Loop& loop, const std::string& url,
                                                            const std::string& app);
std::shared_ptr<cluster::RegistryStore> mariadb_registry(test::Loop& loop, const std::string& url,
                                                         const std::string& app);
std::shared_ptr<cluster::CounterStore> mariadb_counters(test::Loop& loop, const std::string& url,
                                                        const std::string& app);

}  // namespace flotilla::contract
