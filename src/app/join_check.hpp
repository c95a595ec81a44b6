#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/cluster_settings.hpp"
#include "cluster/registry/node_record.hpp"

namespace flotilla::app {

/// Functions of the cluster layer by the variable that chooses their adapter.
struct SharedFunction {
  const char* name;      ///< as in NodeRecord::adapters
  const char* variable;  ///< PUBSUB_ADAPTER
  const char* shared;    ///< values that several nodes can share
};

/// Why a node with these settings must not run beside `others`, naming the variable to set; empty when it
/// may. Signals, queue and locks have to be shared and the same; a cache in memory is each node's own.
std::optional<std::string> why_not_join(const std::map<std::string, std::string>& own_adapters,
                                        const std::vector<cluster::NodeRecord>& others);

/// Why tokens of this node would be refused by others, or theirs by it: they are signed with another secret.
/// Empty when all have the same. The secret keys the fingerprints, so that none of them agrees then.
std::optional<std::string> why_not_trusted(const cluster::NodeRecord& own,
                                           const std::vector<cluster::NodeRecord>& others);

/// Name and adapter of each function, for the registry.
std::map<std::string, std::string> adapters_of(const ClusterSettings& settings);

}  // namespace flotilla::app
