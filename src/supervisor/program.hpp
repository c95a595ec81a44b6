#pragma once

#include <sys/types.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "supervisor/descriptor.hpp"

namespace flotilla::supervisor {

/// A program file, held open: it can be run after another file has taken its path.
class Program {
 public:
  /// Throws Error naming the path.
  static Program at(const std::filesystem::path& path);
  /// The one that this process runs.
  static Program own();

  /// Replaces this process; `keep` are the descriptors that the program finds open. Returns when it cannot
  /// be: errno says why. Safe between fork and exec when `arguments` and the environment are left alone.
  void execute(char* const* arguments, std::span<const int> keep) const noexcept;

 private:
  explicit Program(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

/// The words of a command line, as execve wants them; the strings must outlive it.
std::vector<char*> as_argv(std::vector<std::string>& words);

/// Starts the program as a process that gets SIGTERM when this one ends. Answers its pid. To be called on the
/// thread that lives as long as the process. Throws Error when there can be no more processes.
pid_t launch(const Program& program, std::vector<std::string> arguments, std::span<const int> keep);

}  // namespace flotilla::supervisor
