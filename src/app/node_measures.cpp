#include "app/node_measures.hpp"

#include <mutex>
#include <optional>

#include "base/log.hpp"
#include "base/metrics/counter.hpp"
#include "base/process_facts.hpp"
#include "base/version.hpp"
#include "cluster/cache/cache_measures.hpp"
#include "cluster/lock/lock_measures.hpp"
#include "cluster/queue/queue_measures.hpp"
#include "cluster/schedule/schedule_measures.hpp"
#include "cluster/signal/signal_measures.hpp"

namespace flotilla::app {
namespace {

using metrics::Kind;
using metrics::Samples;
using Steady = std::chrono::steady_clock;

double seconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e9; }

constexpr std::string_view kFailures = "flotilla_measure_failures_total";
constexpr std::string_view kFailuresHelp = "Looks at what is measured in the background that failed.";

/// Families whose samples come from looking.
void describe(metrics::Registry& registry) {
  struct Family {
    Kind kind;
    std::string_view name, help;
  };
  static constexpr Family kFamilies[] = {
      {Kind::gauge, "flotilla_build_info", "Always 1; the labels tell what runs."},
      {Kind::gauge, "flotilla_http_connections", "Open connections."},
      {Kind::counter, "flotilla_http_connections_refused_total",
       "Connections over FLOTILLA_HTTP_CONNECTIONS_MAX, answered 503."},
      {Kind::gauge, "flotilla_database_up", "1 while the main database answers."},
      {Kind::gauge, "flotilla_database_connections",
       "Connections of the pools to a database server, by state."},
      {Kind::gauge, "flotilla_schema_epoch",
       "The number of the last change of the schema that is in force here."},
      {Kind::gauge, "flotilla_permission_epoch",
       "The number of the last change of permissions that is in force here."},
      {Kind::gauge, "flotilla_signals_fresh", "1 while snapshots are trusted without asking the database."},
      {Kind::gauge, "flotilla_signal_silence_seconds",
       "Since the log of signals was last heard, signs of life included."},
      {Kind::gauge, "flotilla_worker_id", "The worker id of this node; absent while it holds none."},
      {Kind::gauge, "flotilla_worker_id_lease_seconds",
       "What is left of the lease of the worker id; 0 without one."},
      {Kind::gauge, "flotilla_queue_messages",
       "Messages of the channels that this node consumes, in the whole fleet."},
      {Kind::gauge, "flotilla_queue_oldest_seconds",
       "How long the oldest message that is due waits or is worked on."},
      {Kind::gauge, "flotilla_queue_poll_age_seconds",
       "Since a consumer of this node last asked for messages."},
      {Kind::gauge, "flotilla_outbox_pending",
       "Rows of the outbox that wait to be sent, of the whole fleet."},
      {Kind::counter, "flotilla_outbox_rows_total",
       "Rows of the outbox that this node has sent, or put aside as refused."},
      {Kind::counter, "flotilla_outbox_failures_total",
       "Rounds of the outbox's relay that failed and are tried again."},
      {Kind::gauge, "flotilla_fleet_nodes", "Living nodes of the fleet, this one among them."},
      {Kind::counter, "process_cpu_seconds_total", "CPU time of this process."},
      {Kind::gauge, "process_resident_memory_bytes", "Memory of this process that is in RAM."},
      {Kind::gauge, "process_virtual_memory_bytes", "Address space of this process."},
      {Kind::gauge, "process_threads", "Threads of this process."},
      {Kind::gauge, "process_open_fds", "Open file descriptors."},
      {Kind::gauge, "process_max_fds", "File descriptors that may be open."},
      {Kind::gauge, "process_start_time_seconds", "When this process began, since 1970."},
  };
  for (const Family& family : kFamilies) registry.describe(family.kind, family.name, family.help);
  registry.describe(Kind::counter, kFailures, kFailuresHelp);
  // These are made with their first use otherwise.
  cluster::CacheMeasures::process();
  cluster::LockMeasures::process();
  cluster::QueueMeasures::declare();
  cluster::ScheduleMeasures::process();
  cluster::SignalMeasures::process();
}

}  // namespace

struct NodeMeasures::State {
  State(const Node& n, metrics::Registry& r) : node(n), registry(r) {
    describe(registry);
    collector = registry.collect([this](Samples& out) {
      tell_known(out);
      tell_seen(out);
    });
  }

  /// What is at hand.
  void tell_known(Samples& out) const {
    const Steady::time_point now = Steady::now();
    out.add(
        "flotilla_build_info", 1,
        {{"version", version()}, {"id", node.cluster.self()}, {"mode", node.settings.worker_mode.text()}});
    out.add("flotilla_database_up", node.watch.ailment() ? 0 : 1);
    if (const auto schema = node.model.schema())
      out.add("flotilla_schema_epoch", static_cast<double>(schema->epoch()));
    out.add("flotilla_permission_epoch", static_cast<double>(node.permissions.epoch()));
    if (!node.settings.cluster.pubsub.in_process()) {
      out.add("flotilla_signals_fresh", node.cluster.signals().fresh(now) ? 1 : 0);
      const cluster::Millis silence = node.cluster.signals().silence(now);
      if (silence != cluster::Millis::max()) out.add("flotilla_signal_silence_seconds", seconds(silence));
    }
    const std::optional<int> worker = node.cluster.ids().worker();
    if (worker) out.add("flotilla_worker_id", *worker);
    out.add("flotilla_worker_id_lease_seconds",
            worker ? std::max(0.0, seconds(node.cluster.ids().lease_end() - now)) : 0);
    for (const cluster::Queue::ConsumerState& consumer : node.cluster.queue().consumers())
      out.add("flotilla_queue_poll_age_seconds", std::max(0.0, seconds(now - consumer.last_poll)),
              {{"channel", consumer.channel}});
    const sql::SqlOutbox::Counts outbox = node.cluster.outbox_counts();
    out.add("flotilla_outbox_rows_total", static_cast<double>(outbox.sent), {{"outcome", "sent"}});
    out.add("flotilla_outbox_rows_total", static_cast<double>(outbox.refused), {{"outcome", "refused"}});
    out.add("flotilla_outbox_failures_total", static_cast<double>(outbox.failed));
  }

  /// What was seen at the last look.
  void tell_seen(Samples& out) {
    const std::scoped_lock lock(mutex);
    for (const data::PoolState& pool : pools) {
      auto tell = [&](std::string_view state, std::size_t count) {
        out.add("flotilla_database_connections", static_cast<double>(count),
                {{"pool", pool.name}, {"state", state}});
      };
      tell("used", pool.used);
      tell("idle", pool.open - pool.used);
      tell("unopened", pool.max - std::min(pool.max, pool.open));
    }
    for (const auto& [channel, depth] : depths) {
      auto tell = [&](std::string_view state, std::int64_t count) {
        out.add("flotilla_queue_messages", static_cast<double>(count),
                {{"channel", channel}, {"state", state}});
      };
      tell("ready", depth.ready);
      if (depth.delayed) tell("delayed", *depth.delayed);
      if (depth.running) tell("running", *depth.running);
      tell("dead", depth.dead);
      if (depth.oldest)
        out.add("flotilla_queue_oldest_seconds", seconds(*depth.oldest), {{"channel", channel}});
    }
    if (pending) out.add("flotilla_outbox_pending", static_cast<double>(*pending));
    if (nodes) out.add("flotilla_fleet_nodes", static_cast<double>(*nodes));
    out.add("process_cpu_seconds_total", process.cpu_seconds);
    out.add("process_resident_memory_bytes", static_cast<double>(process.resident_bytes));
    out.add("process_virtual_memory_bytes", static_cast<double>(process.virtual_bytes));
    out.add("process_threads", static_cast<double>(process.threads));
    out.add("process_open_fds", static_cast<double>(process.open_fds));
    out.add("process_max_fds", static_cast<double>(process.max_fds));
    out.add("process_start_time_seconds", process.start_time_seconds);
  }

  Task<void> look() {
    ProcessFacts seen = ProcessFacts::read();
    keep(process, std::move(seen));
    co_await look_at("pools", look_at_pools());
    co_await look_at("queue", look_at_queue());
    co_await look_at("outbox", look_at_outbox());
    co_await look_at("fleet", look_at_fleet());
  }

  Task<void> look_at(std::string_view what, Task<void> looking) {
    std::string failure;
    try {
      co_await std::move(looking);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    if (failure.empty()) co_return;
    registry.counter(kFailures, kFailuresHelp, {{"what", what}}).add();
    log::debug("a measure could not be taken", {{"what", what}, {"reason", failure}});
  }

  Task<void> look_at_pools() {
    keep(pools, {});
    std::vector<data::PoolState> seen = co_await node.database.pools();
    keep(pools, std::move(seen));
  }
  Task<void> look_at_queue() {
    keep(depths, {});
    auto seen = co_await node.cluster.queue().depths();
    keep(depths, std::move(seen));
  }
  Task<void> look_at_outbox() {
    keep(pending, {});
    const std::int64_t seen = co_await node.cluster.outbox_pending();
    keep(pending, std::optional(seen));
  }
  Task<void> look_at_fleet() {
    keep(nodes, {});
    const std::size_t seen = (co_await node.cluster.registry().alive()).size();
    keep(nodes, std::optional(seen));
  }

  template <class T>
  void keep(T& place, T seen) {
    const std::scoped_lock lock(mutex);
    place = std::move(seen);
  }

  const Node node;
  metrics::Registry& registry;
  std::mutex mutex;
  ProcessFacts process = ProcessFacts::read();
  std::vector<data::PoolState> pools;
  std::vector<std::pair<std::string, cluster::QueueBackend::Depth>> depths;
  std::optional<std::int64_t> pending;
  std::optional<std::size_t> nodes;
  std::unique_ptr<metrics::Registry::Collector> collector;
};

NodeMeasures::NodeMeasures(const Node& node, metrics::Registry& registry)
    : state_(std::make_unique<State>(node, registry)) {}

NodeMeasures::~NodeMeasures() = default;

Task<void> NodeMeasures::run(Cancellation stopping) {
  do {
    co_await state_->look();
  } while (!co_await stopping.wait(state_->node.settings.metrics.interval));
}

std::unique_ptr<metrics::Registry::Collector> NodeMeasures::watch_server(const http::Server& server) {
  return state_->registry.collect([&server](Samples& out) {
    out.add("flotilla_http_connections", static_cast<double>(server.connections()));
    out.add("flotilla_http_connections_refused_total", static_cast<double>(server.connections_refused()));
  });
}

}  // namespace flotilla::app
