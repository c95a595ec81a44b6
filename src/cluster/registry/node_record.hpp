#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "cluster/node.hpp"

namespace flotilla::cluster {

/// What a node says of itself. Everything in it may be shown to an operator: no secrets.
struct NodeRecord {
  NodeId id;
  std::string host;
  std::int64_t pid = 0;
  std::string version;
  std::string mode;  ///< WORKER_MODE
  std::optional<int> worker_id;
  std::map<std::string, std::string> adapters;  ///< function ("cache") to adapter ("redis")
  std::int64_t schema_epoch = 0;
  std::string schema_hash;  ///< equal hashes mean that the same collections are served
  /// Must-match settings: name to a keyed hash of the value. Equal hashes mean equal settings.
  std::map<std::string, std::string> fingerprint;
  /// Marks that this node sees in the shared storage folder: see ops/shared_storage.
  std::string storage_marker;
  UnixMs started_at{};
  UnixMs last_seen{};  ///< on the store's clock
  UnixMs own_time{};   ///< the node's clock when it last reported: tells the skew
};

}  // namespace flotilla::cluster
