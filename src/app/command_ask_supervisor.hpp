#pragma once

#include "app/command_line.hpp"
#include "base/settings.hpp"

namespace flotilla::app {

/// Asks the supervisor that runs with these settings, and prints what it tells until it is done. 0 when it
/// was done, 1 when it was not or nobody answers.
int run_ask_supervisor(const Settings& settings, CommandLine::Command command);

}  // namespace flotilla::app
