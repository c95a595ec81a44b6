#pragma once

#include "base/env.hpp"

namespace flotilla::app {

/// Prints what `flotilla doctor` finds, as a table or as JSON. Answers 0 when nothing failed, else 1.
/// Settings that cannot be read are a failed check, not an error.
int run_doctor(const Environment& environment, bool json);

}  // namespace flotilla::app
