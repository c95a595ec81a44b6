#pragma once

#include <memory>
#include <string>

#include "adapters/sql/sql_outbox.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "cluster/schedule/firing_store.hpp"
#include "data/sql/database.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

/// The main database of an application, with the tables of the cluster's adapters. Each call is a node of its
/// own; nodes of one `app` share one file, or one schema. Destroy it before the loop. What it was made in is
/// removed at the end of the test program, or left to a server that ends with the tests.
std::shared_ptr<data::Database> sqlite_database(test::Loop& loop, const std::string& app);
std::shared_ptr<data::Database> postgres_database(test::Loop& loop, const std::string& url,
                                                  const std::string& app);
std::shared_ptr<data::Database> mariadb_database(test::Loop& loop, const std::string& url,
                                                 const std::string& app);
/// By its name: sqlite, postgres, mariadb.
std::shared_ptr<data::Database> sql_database(const std::string& name, test::Loop& loop,
                                             const std::string& app);

// A node's queue on a database of its own. "memory" is what a node alone has: the same in one process's own
// file, all nodes of an `app` on one connection.
std::shared_ptr<cluster::QueueBackend> memory_queue(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::QueueBackend> sqlite_queue(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::QueueBackend> postgres_queue(test::Loop& loop, const std::string& url,
                                                      const std::string& app);
std::shared_ptr<cluster::QueueBackend> mariadb_queue(test::Loop& loop, const std::string& url,
                                                     const std::string& app);

// A node's firings; what they publish is in the queue of the same name.
std::shared_ptr<cluster::FiringStore> memory_firings(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::FiringStore> sqlite_firings(test::Loop& loop, const std::string& app);
std::shared_ptr<cluster::FiringStore> postgres_firings(test::Loop& loop, const std::string& url,
                                                       const std::string& app);
std::shared_ptr<cluster::FiringStore> mariadb_firings(test::Loop& loop, const std::string& url,
                                                      const std::string& app);

}  // namespace flotilla::contract
