#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>

#include "app/command_chaos.hpp"

namespace flotilla::app {

/// What the command line asks for.
struct CommandLine {
  enum class Command { start, install, migrate, doctor, chaos, version };

  Command command = Command::start;
  std::optional<std::filesystem::path> env_file;  ///< --env-file
  bool json = false;                              ///< doctor --json
  bool dry_run = false;                           ///< migrate --dry-run
  ChaosLine chaos;
};

/// Reads the arguments (without the program's name). Nothing when there is nothing more to do (`--help`, or
/// an error, which is written as one line to `errors`): *exit_code then says what to end with.
std::optional<CommandLine> parse_command_line(std::span<const std::string> arguments, std::ostream& output,
                                              std::ostream& errors, int* exit_code);

/// The whole program: parses, reads the settings, runs the command, and turns everything that is thrown into
/// one line `flotilla: …` on standard error. Answers the exit code.
int run(int argc, char** argv);

}  // namespace flotilla::app
