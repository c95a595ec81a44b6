#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log_settings.hpp"
#include "supervisor/control_socket.hpp"
#include "supervisor/supervision.hpp"

namespace flotilla::supervisor {

struct SupervisorOptions {
  int slots;
  std::string host;  ///< APP_HOST
  std::uint16_t port;
  ControlPlace place;
  Timing timing;
  LogSettings log;  ///< opened already
  /// The words of the command line after the program's name, without those of this room.
  std::vector<std::string> arguments;
  std::optional<int> resume;  ///< descriptor of a Handover
};

/// The first process of CLUSTER_MODE: it opens the sockets, runs one process a slot, and obeys SIGTERM and
/// SIGINT (all end; a second one hurries), SIGHUP (all are replaced one by one) and those who ask at its
/// control socket. It does nothing else: no database, no requests.
///
/// A process finds in its command line `--node K/N`, the descriptors of all slots' sockets (`--listeners
/// 5,6`; the K-th is its own) and its end of a socket (`--control 9`). The first one that is ready lets the
/// sockets listen: until then whoever connects is refused, and balancers go elsewhere. It tells `ready FORMAT
/// VERSION` and is told `retire`, `stop` and `hurry`, each on a line.
class Supervisor {
 public:
  /// Throws Error for an address or a place that cannot be had.
  explicit Supervisor(SupervisorOptions options);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Answers the exit code. To be called on the main thread.
  int run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flotilla::supervisor
