#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/command_chaos.hpp"

namespace flotilla::app {

/// What the command line asks for.
struct CommandLine {
  enum class Command { start, install, migrate, doctor, chaos, version, reload, upgrade_binary, status };

  Command command = Command::start;
  std::optional<std::filesystem::path> env_file;  ///< --env-file
  bool json = false;                              ///< doctor --json
  bool dry_run = false;                           ///< migrate --dry-run
  ChaosLine chaos;
  /// What a supervisor gives to the processes it starts; see supervisor/supervisor.hpp.
  struct Supervised {
    std::string node;            ///< --node 1/2
    std::vector<int> listeners;  ///< --listeners 5,6
    std::optional<int> control;  ///< --control 9
    std::optional<int> resume;   ///< --resume 7: the supervisor itself, as another program
  } supervised;
  /// The words as they were, without --resume.
  std::vector<std::string> words;
};

/// Reads the arguments (without the program's name). Nothing when there is nothing more to do (`--help`, or
/// an error, which is written as one line to `errors`): *exit_code then says what to end with.
std::optional<CommandLine> parse_command_line(std::span<const std::string> arguments, std::ostream& output,
                                              std::ostream& errors, int* exit_code);

/// The whole program: parses, reads the settings, runs the command, and turns everything that is thrown into
/// one line `flotilla: …` on standard error. Answers the exit code.
int run(int argc, char** argv);

}  // namespace flotilla::app
