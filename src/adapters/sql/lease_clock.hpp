#pragma once

#include "base/clock.hpp"

namespace flotilla::sql {

/// Milliseconds of the machine's monotonic clock: the same for all its processes, never set, begins anew with
/// the machine. It times the leases of a database that is a file of this machine, so that setting the wall
/// clock ends none of them early and none of them late.
const Clock& lease_clock();

}  // namespace flotilla::sql
