#pragma once

#include <memory>
#include <string>

#include "cluster/lock/lock_store.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "cluster/signal/signal_log.hpp"
#include "cluster/worker_id/worker_id_store.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

// Each has a client of its own: two of one `app` are two nodes. The loop outlives them.
std::shared_ptr<cluster::LockStore> redis_locks(test::Loop& loop, const std::string& url,
                                                const std::string& app);
std::shared_ptr<cluster::SignalLog> redis_signals(test::Loop& loop, const std::string& url,
                                                  const std::string& app);
std::shared_ptr<cluster::QueueBackend> redis_queue(test::Loop& loop, const std::string& url,
                                                   const std::string& app);
std::shared_ptr<cluster::WorkerIdStore> redis_worker_ids(test::Loop& loop, const std::string& url,
                                                         const std::string& app);

}  // namespace flotilla::contract
