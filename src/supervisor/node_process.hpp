#pragma once

#include <sys/types.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>

#include "supervisor/step.hpp"

namespace flotilla::supervisor {

/// A running process of a node, as its supervisor holds it.
class NodeProcess : public std::enable_shared_from_this<NodeProcess> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  NodeProcess(Slot slot, pid_t pid, Socket control) : slot(slot), pid(pid), control_(std::move(control)) {}

  const Slot slot;
  const pid_t pid;
  std::string version;  ///< once it is ready
  int format = 0;       ///< of a Handover that its program understands

  /// `act` is called when it has said that it is ready.
  void listen(std::function<void()> act);
  void tell(Order order);
  int descriptor() { return control_.native_handle(); }

 private:
  Socket control_;
  std::string heard_;
};

const char* word(Order order);

/// What a ready process says to its supervisor.
std::string ready_line(const char* version);

}  // namespace flotilla::supervisor
