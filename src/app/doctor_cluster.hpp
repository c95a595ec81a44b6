#pragma once

#include <vector>

#include "base/settings.hpp"
#include "ops/check.hpp"

namespace flotilla::app {

/// Looks at what the cluster layer stands on, and changes nothing: each Redis and RabbitMQ that is configured
/// (does it answer, version, policies, clock), and the other nodes in the registry (clocks, settings that
/// differ, another storage folder). Blocks for some seconds at most.
std::vector<ops::CheckResult> examine_cluster(const Settings& settings);

}  // namespace flotilla::app
