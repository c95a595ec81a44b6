#pragma once

#include "base/settings.hpp"

namespace flotilla::app {

/// Prints what was done to the database and what is left to do, and unless `dry_run` does it. Answers the
/// exit code; throws what it cannot do.
int run_migrate(const Settings& settings, bool dry_run);

}  // namespace flotilla::app
