#include "app/command_start.hpp"

#include <sys/prctl.h>

#include "app/application.hpp"
#include "supervisor/supervisor.hpp"

namespace flotilla::app {
namespace {

/// What a node may take beyond its drain: for leases and connections, and to be gone.
constexpr std::chrono::milliseconds kLeavePatience{8'000};

bool supervises(const Settings& settings, const CommandLine& line) {
  return line.supervised.node.empty() && (line.supervised.resume || settings.cluster.processes > 1);
}

supervisor::SupervisorOptions supervisor_options(const Settings& settings, const CommandLine& line) {
  supervisor::Timing timing;
  timing.ready_limit = settings.cluster.ready_deadline;
  timing.leave_limit = settings.cluster.drain_delay + settings.cluster.drain_deadline + kLeavePatience;
  return {.slots = static_cast<int>(settings.cluster.processes),
          .host = settings.host,
          .port = settings.port,
          .place = supervisor::control_place(settings.storage, settings.port),
          .timing = timing,
          .log = settings.log,
          .arguments = line.words,
          .resume = line.supervised.resume};
}

NodePlace place_of(const CommandLine::Supervised& given) {
  NodePlace place;
  if (given.node.empty()) return place;
  ::prctl(PR_SET_NAME, "flotilla");  // else it is the number of a descriptor
  const std::size_t number = std::stoul(given.node);
  if (number < 1 || number > given.listeners.size())
    throw Error(500, "--node and --listeners are for a supervisor to give");
  place.listeners = given.listeners;
  place.own_listener = number - 1;
  place.control = given.control;
  return place;
}

}  // namespace

std::string log_slot(const Settings& settings, const CommandLine& line) {
  return supervises(settings, line) ? "supervisor" : line.supervised.node;
}

int run_start(const Settings& settings, const CommandLine& line) {
  if (supervises(settings, line)) return supervisor::Supervisor(supervisor_options(settings, line)).run();
  return Application(settings).run(place_of(line.supervised));
}

}  // namespace flotilla::app
