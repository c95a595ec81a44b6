#pragma once

#include "app/command_line.hpp"
#include "base/settings.hpp"

namespace flotilla::app {

/// One node, or with CLUSTER_MODE the supervisor of several.
int run_start(const Settings& settings, const CommandLine& line);

/// What its log lines are marked with: `supervisor`, `1/2`, or nothing for a process that is alone.
std::string log_slot(const Settings& settings, const CommandLine& line);

}  // namespace flotilla::app
