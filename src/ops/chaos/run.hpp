#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "ops/chaos/plan.hpp"
#include "ops/chaos/report.hpp"

namespace flotilla::ops::chaos {

struct RunOptions {
  std::string account, password;
  std::uint64_t seed = 0;         ///< decides the load and the order of faults, not their timing
  std::filesystem::path history;  ///< JSON lines of all that was seen; empty: none
  std::function<void(const std::string& line)> tell = [](const std::string&) {};  ///< how it goes
};

/// Why the fleet must not be broken, by what it says of itself; empty: it may. Changes nothing. Throws Error.
std::string why_not(const Plan& plan, const RunOptions& options);

/// Runs the plan: load, faults one after the other, and looks at the end at what is there. SIGINT and SIGTERM
/// end it early; what was broken is mended and what was made is taken away then too. Throws Error when the
/// fleet cannot be prepared or read.
Report run(const Plan& plan, const RunOptions& options);

}  // namespace flotilla::ops::chaos
