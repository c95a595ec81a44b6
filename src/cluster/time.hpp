#pragma once

#include <chrono>

namespace flotilla::cluster {

using Millis = std::chrono::milliseconds;

/// Time that never steps. Leases are believed on it only; wall-clock time (UnixMs) is for people and for what
/// several machines must agree on.
using Monotonic = std::chrono::steady_clock::time_point;

}  // namespace flotilla::cluster
