#pragma once

#include "base/env.hpp"

namespace flotilla {

/// One less than a fleet has worker ids: while nodes are replaced there is one more.
inline constexpr unsigned kProcessesMax = 31;

/// CLUSTER_MODE: how many processes a start is. Not set, `0`, `1` and `false`: one, without a supervisor.
/// `max`: as many as this process may use cores, `-1`: one less. Throws SettingError.
unsigned processes_of(const Environment& environment);

}  // namespace flotilla
