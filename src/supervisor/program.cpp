#include "supervisor/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace flotilla::supervisor {
namespace {

/// As shells answer for what cannot be executed.
constexpr int kCannotExecute = 127;

int open_program(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw Error(500, fmt::format("{}: {}", path.string(), std::strerror(errno)));
  return file;
}

/// The signals that this process handles would be handled in a child before it is another program.
constexpr std::array kHandled{SIGTERM, SIGINT, SIGHUP, SIGCHLD};

[[noreturn]] void become(const Program& program, char* const* arguments, std::span<const int> keep,
                         pid_t parent, const sigset_t& mask) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(0);
  for (const int signal : kHandled) ::signal(signal, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  program.execute(arguments, keep);
  ::_exit(kCannotExecute);
}

}  // namespace

Program Program::at(const std::filesystem::path& path) { return Program(Descriptor(open_program(path))); }
Program Program::own() { return at("/proc/self/exe"); }

void Program::execute(char* const* arguments, std::span<const int> keep) const noexcept {
  for (const int descriptor : keep) ::fcntl(descriptor, F_SETFD, 0);
  ::syscall(SYS_execveat, file_.number(), "", arguments, environ, AT_EMPTY_PATH);
  const int why = errno;
  for (const int descriptor : keep) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  errno = why;
}

std::vector<char*> as_argv(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

pid_t launch(const Program& program, std::vector<std::string> arguments, std::span<const int> keep) {
  const std::vector<char*> argv = as_argv(arguments);
  const pid_t self = ::getpid();
  sigset_t all, none, before;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::fork();
  const int why = errno;
  if (child == 0) become(program, argv.data(), keep, self, none);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) throw Error(500, fmt::format("cannot start a process: {}", std::strerror(why)));
  return child;
}

}  // namespace flotilla::supervisor
