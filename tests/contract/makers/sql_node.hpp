#pragma once

#include <memory>

#include "adapters/sql/sql_queue.hpp"
#include "cluster/schedule/firing_store.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

/// Waits until the database can be read and written; false when that takes too long.
bool connected(test::Loop& loop, data::Database& database);

// What a node has on its database, which lives as long.
std::shared_ptr<cluster::QueueBackend> node_queue(std::shared_ptr<data::Database> database,
                                                  sql::SqlQueueOptions options = {});
std::shared_ptr<cluster::FiringStore> node_firings(test::Loop& loop,
                                                   std::shared_ptr<data::Database> database);

}  // namespace flotilla::contract
