#pragma once

#include <map>
#include <string>

#include "app/cluster_layer.hpp"
#include "app/main_database.hpp"
#include "cluster/driver/history.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/task.hpp"

/// Processes of the fault rigs: each is the cluster layer of a node, configured by the environment as a node
/// is, that plays one role and writes what it did into a history. The rigs (tests/cluster/*.test.mjs) start,
/// pause and kill them; checkers read the histories.
namespace flotilla::driver {

/// `name=value` arguments.
class Arguments {
 public:
  explicit Arguments(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  /// Throws std::invalid_argument naming it when it is missing.
  const std::string& text(const std::string& name) const;
  std::string text(const std::string& name, const std::string& fallback) const;
  long long number(const std::string& name, long long fallback) const;

 private:
  std::map<std::string, std::string> values_;
};

struct Stage {
  app::ClusterLayer& layer;
  data::Database& database;
  const Arguments& arguments;
  History& history;
  Cancellation stop;  ///< SIGTERM
};

using Role = Task<void> (*)(Stage& stage);

Task<void> produce(Stage& stage);     ///< queue: publishes and notes what was acknowledged
Task<void> consume(Stage& stage);     ///< queue: notes each attempt
Task<void> list_dead(Stage& stage);   ///< queue: notes all dead letters
Task<void> hold_locks(Stage& stage);  ///< locks: writes to the protected register
Task<void> publish_signals(Stage& stage);
Task<void> follow_signals(Stage& stage);
Task<void> hold_worker_id(Stage& stage);
Task<void> make_ids(Stage& stage);

}  // namespace flotilla::driver
