#pragma once

#include "base/settings.hpp"

namespace flotilla::app {

/// Installs or migrates the database, without listening. Answers the exit code; throws what it cannot do.
int run_install(const Settings& settings);

}  // namespace flotilla::app
