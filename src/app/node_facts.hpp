#pragma once

#include <map>
#include <string>

#include "base/random.hpp"
#include "base/settings.hpp"
#include "cluster/registry/node_record.hpp"

namespace flotilla::app {

/// Settings that all nodes of a fleet must have alike, by name; secrets among them.
std::map<std::string, std::string> must_match(const Settings& settings);

/// What this process says of itself in the registry, but for what changes (worker id, time). `secret` keys
/// the fingerprint. Blocks on the storage folder.
cluster::NodeRecord describe_node(const Settings& settings, const std::string& secret, Random& random);

}  // namespace flotilla::app
