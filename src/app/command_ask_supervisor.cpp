#include "app/command_ask_supervisor.hpp"

#include <unistd.h>

#include <iostream>

#include "app/exit_codes.hpp"
#include "supervisor/control_socket.hpp"

namespace flotilla::app {
namespace {

const char* question(CommandLine::Command command) {
  if (command == CommandLine::Command::reload) return "reload\n";
  return command == CommandLine::Command::status ? "status\n" : "upgrade\n";
}

/// The next line without its end; nothing at the end of the stream.
std::optional<std::string> next_line(int from, std::string& heard) {
  for (;;) {
    if (const std::size_t end = heard.find('\n'); end != heard.npos) {
      std::string line = heard.substr(0, end);
      heard.erase(0, end + 1);
      return line;
    }
    char part[1024];
    const ssize_t length = ::read(from, part, sizeof part);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return std::nullopt;
    heard.append(part, static_cast<std::size_t>(length));
  }
}

}  // namespace

int run_ask_supervisor(const Settings& settings, CommandLine::Command command) {
  const supervisor::ControlPlace place = supervisor::control_place(settings.storage, settings.port);
  const supervisor::Descriptor socket = supervisor::connect_to(place);
  if (socket.number() < 0)
    throw Error(500, "no supervisor answers at " + place.path().string() +
                         ": is `flotilla start` running with these settings, and CLUSTER_MODE above 1?");
  const std::string text = question(command);
  if (::write(socket.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw Error(500, "the supervisor does not listen");
  std::string heard;
  while (const std::optional<std::string> line = next_line(socket.number(), heard)) {
    const std::size_t blank = line->find(' ');
    const std::string kind = line->substr(0, blank), rest = line->substr(blank + 1);
    if (kind == "failed") std::cerr << "flotilla: ";
    (kind == "failed" ? std::cerr : std::cout) << rest << std::endl;
    if (kind == "ok") return kExitOk;
    if (kind == "failed") return kExitFailed;
  }
  throw Error(500, "the supervisor ended before it was done");
}

}  // namespace flotilla::app
