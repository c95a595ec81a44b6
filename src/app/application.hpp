#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/settings.hpp"

namespace flotilla::app {

/// What a supervisor gave to this process, if it has one.
struct NodePlace {
  std::vector<int> listeners;    ///< descriptors of the sockets of all slots; empty: it opens its own
  std::size_t own_listener = 0;  ///< which of them is this node's
  std::optional<int> control;    ///< descriptor of the supervisor's orders
};

/// One node: everything it is made of, in the order in which it is started and, backwards, stopped.
class Application {
 public:
  /// Opens the database and the listener. Throws Error or std::runtime_error naming what cannot be had.
  explicit Application(const Settings& settings);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// Installs an empty database, brings the schema up, listens, and serves until it is ordered to stop.
  /// Answers the exit code.
  int run(const NodePlace& place = {});
  /// Installs or migrates the database and returns without listening.
  int install();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace flotilla::app
