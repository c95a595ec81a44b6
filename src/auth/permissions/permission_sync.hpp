#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auth/permissions/permissions.hpp"
#include "cluster/registry/registry.hpp"
#include "cluster/signal/signals.hpp"
#include "data/outbox.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::auth {

/// Which node has which change of permissions in force, as far as they have said so. Pure.
class Confirmations {
 public:
  void heard(const std::string& node, std::int64_t epoch);
  /// Those of `nodes` that have not said that they apply `epoch`, in order.
  std::vector<std::string> missing(const std::vector<std::string>& nodes, std::int64_t epoch) const;

 private:
  std::map<std::string, std::int64_t> applied_;
};

/// Keeps the permissions of several nodes on one database in step. A change travels with its transaction (by
/// the outbox); each node that has applied it says so, and whoever made the change waits for that. A node
/// that has not heard the channel for the signal lease looks at the epoch before it decides. Thread-safe.
class PermissionSync {
 public:
  /// `patience`: how long a change waits for the other nodes; the signal lease, after which a node that has
  /// heard nothing looks for itself.
  PermissionSync(Permissions& permissions, cluster::Signals& signals, cluster::Registry& registry,
                 data::Outbox& outbox, std::chrono::milliseconds patience);

  /// Begins to hear and to tell. Before Permissions::open().
  Task<void> start();
  void stop();

  /// Reads what this node has changed itself, and, unless signals have been heard lately, what others have.
  /// Before a request is decided.
  Task<void> make_current();
  /// Waits until all nodes that live have applied the change, but no longer than the patience; answers those
  /// that have not said so.
  Task<std::vector<std::string>> settle(std::int64_t epoch);

 private:
  Task<void> apply();
  Task<std::vector<std::string>> others();

  Permissions& permissions_;
  cluster::Signals& signals_;
  cluster::Registry& registry_;
  data::Outbox& outbox_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  Confirmations confirmations_;  ///< under mutex_
  Wakeup heard_;
  std::unique_ptr<cluster::SignalSubscription> changes_, applied_;
};

}  // namespace flotilla::auth
