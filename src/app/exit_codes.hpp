#pragma once

namespace flotilla::app {

/// What the process answers to its caller; see docs/reference/command-line.md.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed =
    1;  ///< the command could not do its work, or doctor found something that fails
inline constexpr int kExitUsage = 2;  ///< the command line or a variable of the environment is wrong

}  // namespace flotilla::app
