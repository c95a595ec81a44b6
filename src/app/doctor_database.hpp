#pragma once

#include <vector>

#include "base/settings.hpp"
#include "ops/check.hpp"

namespace flotilla::app {

/// Looks at the main database and changes nothing: is the file sound, or does the server let this node in;
/// what does it hold, and what of that is not served by this version. Blocks for some seconds at most.
std::vector<ops::CheckResult> examine_database(const Settings& settings);

}  // namespace flotilla::app
