#include "ops/chaos/command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

extern char** environ;

namespace flotilla::ops::chaos {
namespace {

constexpr long kShownBytes = 500;

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

/// What the command prints goes to a file that has no name: a pipe would be kept open by what it leaves
/// running.
File unnamed_file() { return {std::tmpfile(), &std::fclose}; }

std::string end_of(std::FILE* file) {
  std::fseek(file, 0, SEEK_END);
  const long size = std::ftell(file);
  std::fseek(file, std::max(0L, size - kShownBytes), SEEK_SET);
  std::string out(static_cast<std::size_t>(std::min(size, kShownBytes)), '\0');
  out.resize(std::fread(out.data(), 1, out.size(), file));
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

/// The shell as the leader of a process group, so that its children can be ended with it. 0 and errno when it
/// cannot be started.
pid_t start(const std::string& command, std::FILE* output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, ::fileno(output), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, ::fileno(output), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::string shell = "/bin/sh", flag = "-c", text = command;
  char* arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, shell.c_str(), &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return pid;
  errno = error;
  return 0;
}

/// True when the process has ended in time.
bool await_end(pid_t pid, std::chrono::milliseconds timeout) {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (handle < 0) return false;
  pollfd watched{handle, POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  int ready = 0;
  do {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    ready = ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
  } while (ready < 0 && errno == EINTR);
  ::close(handle);
  return ready > 0;
}

}  // namespace

std::string run_command(const std::string& command, std::chrono::milliseconds timeout) {
  const File output = unnamed_file();
  if (!output) return fmt::format("cannot keep its output: {}", std::strerror(errno));
  const pid_t pid = start(command, output.get());
  if (pid == 0) return fmt::format("cannot start /bin/sh: {}", std::strerror(errno));
  const bool ended = await_end(pid, timeout);
  if (!ended) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return fmt::format("not done within {} ms: {}", timeout.count(), end_of(output.get()));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string how = WIFSIGNALED(status) ? fmt::format("killed by signal {}", WTERMSIG(status))
                                              : fmt::format("exit code {}", WEXITSTATUS(status));
  return fmt::format("{}: {}", how, end_of(output.get()));
}

}  // namespace flotilla::ops::chaos
