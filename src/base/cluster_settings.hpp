#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/env.hpp"

namespace flotilla {

/// Which technology a function of the cluster layer uses, and where it is.
struct AdapterChoice {
  std::string adapter;       ///< "memory" ("local" for locks), "database", "redis", "rabbitmq"
  std::string url;           ///< of redis or rabbitmq; else empty. May hold a password
  std::string url_variable;  ///< the variable that `url` came from, for messages
  bool in_process() const { return adapter == "memory" || adapter == "local"; }
};

struct ClusterSettings {
  unsigned processes;       ///< CLUSTER_MODE; above 1 a supervisor runs them
  AdapterChoice cache;      ///< CACHE_DEFAULT_STORE
  AdapterChoice pubsub;     ///< PUBSUB_ADAPTER
  AdapterChoice queue;      ///< QUEUE_ADAPTER
  AdapterChoice lock;       ///< LOCK_ADAPTER_DEFAULT
  AdapterChoice worker_id;  ///< "redis" when REDIS_URL is set, else "database"

  std::size_t cache_items_max;                ///< CACHE_MEMORY_MAX, of the in-process cache
  std::chrono::milliseconds signal_lease;     ///< how long snapshots are trusted without a sign of life
  std::chrono::milliseconds worker_id_lease;  ///< a node that is paused for longer loses its place
  std::chrono::milliseconds queue_lease;      ///< a consumer that is gone for longer loses its messages
  std::chrono::milliseconds ready_deadline;   ///< for a process of a supervisor, to become ready
  std::chrono::milliseconds drain_delay;      ///< from not ready to no new connections
  std::chrono::milliseconds drain_deadline;   ///< for running handlers when the node stops
};

/// Throws SettingError for the first variable that is wrong, or missing next to another.
ClusterSettings cluster_settings(const Environment& environment);

}  // namespace flotilla
