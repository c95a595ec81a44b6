#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/cluster_layer.hpp"
#include "app/database_watch.hpp"
#include "auth/permissions/permissions.hpp"
#include "base/metrics/registry.hpp"
#include "data/model/model.hpp"
#include "http/server.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::app {

/// What of a node is measured by looking: at numbers that are kept anyway with each reading, and, every
/// FLOTILLA_METRICS_INTERVAL_MS, at what only the database, Redis, the broker or the system knows. A look
/// that fails is counted, and what it would have told is left out until one succeeds.
class NodeMeasures {
 public:
  struct Node {
    const Settings& settings;
    data::Database& database;
    const DatabaseWatch& watch;
    ClusterLayer& cluster;
    const data::Model& model;
    const auth::Permissions& permissions;
  };

  /// All of it outlives this.
  NodeMeasures(const Node& node, metrics::Registry& registry);
  ~NodeMeasures();

  /// Until `stopping`; run it once, as a task.
  Task<void> run(Cancellation stopping);
  /// Connections of a server, until the handle is gone.
  std::unique_ptr<metrics::Registry::Collector> watch_server(const http::Server& server);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flotilla::app
