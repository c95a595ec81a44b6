#pragma once

#include <vector>

#include "base/clock.hpp"
#include "base/settings.hpp"
#include "ops/check.hpp"

namespace flotilla::ops {

/// Looks at everything a start depends on and changes nothing: storage folder and disk space, port, secret,
/// first user, clock, open-file limit. A check that throws becomes a failed one.
std::vector<CheckResult> examine(const Settings& settings, const Clock& clock = Clock::system());

// The single checks, in the order above.
CheckResult check_storage(const Settings& settings);
CheckResult check_port(const Settings& settings);
CheckResult check_secret(const Settings& settings);
CheckResult check_root_user(const Settings& settings);
CheckResult check_clock(const Clock& clock);
CheckResult check_open_files(const Settings& settings);

/// Whether the file may be a SQLite database, by its first bytes: nothing (the start will make it), or not
/// one. Only when this answers State::ok with an empty detail is it worth opening.
CheckResult check_database_file(const Settings& settings);

}  // namespace flotilla::ops
