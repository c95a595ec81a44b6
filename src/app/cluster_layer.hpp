#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "adapters/sql/listen.hpp"
#include "adapters/sql/sql_outbox.hpp"
#include "base/settings.hpp"
#include "cluster/cache/cache_manager.hpp"
#include "cluster/lock/locks.hpp"
#include "cluster/queue/queue.hpp"
#include "cluster/registry/registry.hpp"
#include "cluster/schedule/scheduler.hpp"
#include "cluster/signal/signals.hpp"
#include "cluster/worker_id/worker_id_lease.hpp"
#include "data/outbox.hpp"
#include "data/sql/database.hpp"

namespace flotilla::app {

/// The cluster layer of one node: every function with the adapter that the settings choose.
class ClusterLayer {
 public:
  /// Connects to nothing yet. `executor` runs one handler at a time; give it an event loop of its own, so
  /// that renewals of leases do not wait behind requests. Throws SettingError for an address that cannot be
  /// used.
  /// `secret` is what the application's tokens are signed with: it keys what nodes tell of their settings.
  /// With `listen` the adapters in the database hear each other instead of looking all the time.
  ClusterLayer(const Settings& settings, data::Database& database, boost::asio::any_io_executor executor,
               const std::string& secret, sql::Listen listen = {});
  /// Called on the executor whenever the node tells of itself, to add what it serves. Before announce().
  void describe_with(std::function<void(cluster::NodeRecord&)> add);
  /// After stop() was awaited.
  ~ClusterLayer();
  ClusterLayer(const ClusterLayer&) = delete;
  ClusterLayer& operator=(const ClusterLayer&) = delete;

  // To be called in this order; the worker id and the announcement may be left out.

  /// Looks at the other nodes; its tables are there (migrations). Throws Error naming the variable that keeps
  /// this node from joining them.
  Task<void> open();
  /// Throws Error naming what cannot be reached, or the limit of 32 nodes.
  Task<void> lease_worker_id();
  Task<void> announce();
  /// Consumers, subscribers, the scheduler and the outbox's relay begin to work.
  void start();
  /// Takes no more jobs and waits for those that run, up to the deadline; then they are asked to cancel, and
  /// go back to the queue. May be called again with a shorter deadline. On the executor.
  Task<void> finish_work(std::chrono::milliseconds deadline);
  /// In the order that loses nothing: intake, running work, signals, leases, connections.
  Task<void> stop();

  cluster::CacheManager& caches();
  cluster::Signals& signals();
  cluster::Queue& queue();
  cluster::Locks& locks();
  cluster::Registry& registry();
  cluster::Scheduler& scheduler();
  data::Outbox& outbox();
  sql::SqlOutbox::Counts outbox_counts() const;
  Task<std::int64_t> outbox_pending();
  cluster::SnowflakeGenerator& ids();
  const cluster::NodeId& self() const;
  /// A further hold on a worker id, besides the node's own: as another node would have it.
  std::unique_ptr<cluster::WorkerIdLease> new_worker_id_lease(const Clock& clock);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace flotilla::app
