#pragma once

#include <chrono>
#include <string>

namespace flotilla::ops::chaos {

/// Runs a command of the shell to its end and answers empty, or what went wrong with the end of what it has
/// printed. Blocks; after `timeout` the command and its children are killed. What it leaves running in the
/// background in a session of its own goes on.
std::string run_command(const std::string& command, std::chrono::milliseconds timeout);

}  // namespace flotilla::ops::chaos
