#pragma once

#include "base/settings.hpp"

namespace flotilla::app {

/// Serves until SIGTERM or SIGINT. Answers the exit code; throws what keeps it from starting.
int run_start(const Settings& settings);

}  // namespace flotilla::app
