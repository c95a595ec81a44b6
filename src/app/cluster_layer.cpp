#include "app/cluster_layer.hpp"

#include <signal.h>

#include "adapters/sql/sql_firing.hpp"
#include "adapters/sql/sql_outbox.hpp"
#include "app/join_check.hpp"
#include "app/node_facts.hpp"
#include "app/step_log.hpp"
#include "app/stores.hpp"
#include "base/log.hpp"
#include "cluster/registry/membership.hpp"

namespace flotilla::app {

namespace {

using cluster::Millis;

const cluster::AppName kApp = "main";
constexpr Millis kLookAgain{250};
/// A store that waits for living holders to report, and a place whose holder was killed, take a lease and the
/// grace.
constexpr Millis kWorkerIdPatience{5'000};

cluster::WorkerIdLease::Timing lease_timing(const Settings& settings) {
  cluster::WorkerIdLease::Timing timing;
  timing.lease = settings.cluster.worker_id_lease;
  timing.margin = std::min(Millis{500}, timing.lease / 5);
  return timing;
}

cluster::QueueTiming queue_timing(const Settings& settings) {
  cluster::QueueTiming timing;
  timing.lease = settings.cluster.queue_lease;
  return timing;
}

cluster::SignalTiming signal_timing(const Settings& settings) {
  cluster::SignalTiming timing;
  timing.lease = settings.cluster.signal_lease;
  timing.wait = std::min(timing.wait, timing.lease / 4);
  return timing;
}

/// A process of this machine that was killed has left its record behind.
bool is_gone(const cluster::NodeRecord& node, const std::string& own_host) {
  return node.host == own_host && ::kill(static_cast<pid_t>(node.pid), 0) != 0 && errno == ESRCH;
}

}  // namespace

struct ClusterLayer::Parts {
  Parts(const Settings& s, data::Database& db, boost::asio::any_io_executor ex, const std::string& secret,
        sql::Listen listen)
      : settings(s),
        database(db),
        executor(ex),
        node(describe_node(s, secret, Random::system())),
        connections(ex),
        stores(make_stores({s, db, ex, std::move(listen)}, connections, kApp)),
        caches(kApp, stores.caches, s.cluster.cache.adapter),
        signals(ex, stores.signals, kApp, node.id, signal_timing(s)),
        queue(ex, stores.queue, kApp, Random::system(), queue_timing(s)),
        locks(ex, stores.locks, kApp, Random::system()),
        worker_id(ex, stores.worker_ids, stores.high_water, node.id, Clock::system(), lease_timing(s)),
        registry(ex, stores.nodes, [this] { return describe(); }),
        outbox(ex, db, routes()),
        firings(std::make_shared<sql::SqlFiringStore>(db, outbox)),
        scheduler(ex, firings, Clock::system()) {}

  cluster::NodeRecord describe() {
    cluster::NodeRecord record = node;
    record.worker_id = worker_id.worker();
    record.own_time = Clock::system().now();
    if (add_to_record) add_to_record(record);
    return record;
  }

  sql::OutboxRoutes routes() {
    sql::OutboxRoutes out;
    out.publish = [queue = stores.queue](std::vector<cluster::QueueMessage> messages) -> Task<void> {
      co_await queue->publish(std::move(messages));
    };
    out.append = [log = stores.signals](std::string channel, std::string envelope) -> Task<void> {
      co_await log->append(std::move(channel), std::move(envelope));
    };
    if (stores.sql_queue)
      out.publish_in = [queue = stores.sql_queue](data::Session& session,
                                                  cluster::QueueMessage message) -> Task<void> {
        co_await queue->publish_in(session, std::move(message));
      };
    if (stores.sql_signals)
      out.append_in = [log = stores.sql_signals](data::Session& session, std::string channel,
                                                 std::string envelope) -> Task<void> {
        co_await log->append_in(session, std::move(channel), std::move(envelope));
      };
    return out;
  }

  Task<void> check_others();

  const Settings& settings;
  data::Database& database;
  boost::asio::any_io_executor executor;
  const cluster::NodeRecord node;
  redis::RedisConnections connections;
  Stores stores;
  cluster::CacheManager caches;
  cluster::Signals signals;
  cluster::Queue queue;
  cluster::Locks locks;
  cluster::WorkerIdLease worker_id;
  cluster::Registry registry;
  sql::SqlOutbox outbox;
  std::shared_ptr<sql::SqlFiringStore> firings;
  cluster::Scheduler scheduler;
  std::function<void(cluster::NodeRecord&)> add_to_record;
  Cancellation never;
  bool has_worker_id = false;
  bool announced = false;
  bool started = false;
};

/// A node that is in the way may be leaving, or may be a record that was left behind: it is one only when it
/// announces itself again, and until then it is waited for.
Task<void> ClusterLayer::Parts::check_others() {
  std::map<std::string, UnixMs> first_seen;
  for (bool told = false;; told = true) {
    cluster::RegistryStore::Listing listing = co_await stores.nodes->list();
    std::vector<cluster::NodeRecord> others =
        cluster::living(std::move(listing), cluster::Registry::kAliveFor);
    std::erase_if(others, [&](const cluster::NodeRecord& other) { return is_gone(other, node.host); });
    std::optional<std::string> why = why_not_join(node.adapters, others);
    if (!why) why = why_not_trusted(node, others);
    if (!why) co_return;
    for (const cluster::NodeRecord& other : others) {
      const auto [known, fresh] = first_seen.emplace(other.id, other.last_seen);
      if (!fresh && other.last_seen > known->second) throw Error(409, *why, "NODE_MUST_NOT_JOIN");
    }
    if (!told) log::warn("another node is in the way; waiting whether it leaves", {{"reason", *why}});
    co_await never.wait(kLookAgain);
  }
}

ClusterLayer::ClusterLayer(const Settings& settings, data::Database& database,
                           boost::asio::any_io_executor executor, const std::string& secret,
                           sql::Listen listen)
    : parts_(std::make_unique<Parts>(settings, database, std::move(executor), secret, std::move(listen))) {}

ClusterLayer::~ClusterLayer() = default;

void ClusterLayer::describe_with(std::function<void(cluster::NodeRecord&)> add) {
  parts_->add_to_record = std::move(add);
}

Task<void> ClusterLayer::open() {
  Parts& p = *parts_;
  co_await p.check_others();
}

Task<void> ClusterLayer::lease_worker_id() {
  Parts& p = *parts_;
  co_await p.worker_id.acquire(lease_timing(p.settings).lease + cluster::kWorkerIdGrace + kWorkerIdPatience);
  p.has_worker_id = true;
}

Task<void> ClusterLayer::announce() {
  co_await parts_->registry.start();
  parts_->announced = true;
}

void ClusterLayer::start() {
  Parts& p = *parts_;
  p.started = true;
  p.signals.start();
  p.outbox.start();
  p.queue.start();
  p.scheduler.start();
}

Task<void> ClusterLayer::finish_work(std::chrono::milliseconds deadline) {
  Parts& p = *parts_;
  if (!p.started) co_return;
  co_await p.scheduler.stop();
  co_await p.queue.stop(deadline);
}

Task<void> ClusterLayer::stop() {
  Parts& p = *parts_;
  StepLog steps;
  if (p.started) {
    co_await finish_work(p.settings.cluster.drain_deadline);
    co_await p.outbox.stop();
    co_await p.signals.stop();
    steps.done("ended outbox and signals");
  }
  try {
    if (p.has_worker_id) co_await p.worker_id.stop();
    if (p.announced) co_await p.registry.stop();
  } catch (const std::exception& error) {
    log::warn("the node could not take its leave: others see it go when its leases end",
              {{"reason", error.what()}});
  }
  steps.done("returned leases");
  if (p.stores.queue_announcer) co_await p.stores.queue_announcer->stop();
  if (p.stores.redis_locks) co_await p.stores.redis_locks->close();
  if (p.stores.near_cache) co_await p.stores.near_cache->close();
  co_await p.connections.close();
  steps.done("closed adapters");
}

cluster::CacheManager& ClusterLayer::caches() { return parts_->caches; }
cluster::Signals& ClusterLayer::signals() { return parts_->signals; }
cluster::Queue& ClusterLayer::queue() { return parts_->queue; }
cluster::Locks& ClusterLayer::locks() { return parts_->locks; }
cluster::Registry& ClusterLayer::registry() { return parts_->registry; }
cluster::Scheduler& ClusterLayer::scheduler() { return parts_->scheduler; }
data::Outbox& ClusterLayer::outbox() { return parts_->outbox; }
sql::SqlOutbox::Counts ClusterLayer::outbox_counts() const { return parts_->outbox.counts(); }
Task<std::int64_t> ClusterLayer::outbox_pending() { return parts_->outbox.pending(); }
cluster::SnowflakeGenerator& ClusterLayer::ids() { return parts_->worker_id.ids(); }
const cluster::NodeId& ClusterLayer::self() const { return parts_->node.id; }

std::unique_ptr<cluster::WorkerIdLease> ClusterLayer::new_worker_id_lease(const Clock& clock) {
  Parts& p = *parts_;
  const std::string other = p.node.id + "." + random_uid(Random::system());
  return std::make_unique<cluster::WorkerIdLease>(p.executor, p.stores.worker_ids, p.stores.high_water, other,
                                                  clock, lease_timing(p.settings));
}

}  // namespace flotilla::app
