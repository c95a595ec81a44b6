#pragma once

#include <memory>

#include "base/settings.hpp"

namespace flotilla::app {

/// One node: everything it is made of, in the order in which it is started and, backwards, stopped.
class Application {
 public:
  /// Opens the database and the listener. Throws Error or std::runtime_error naming what cannot be had.
  explicit Application(const Settings& settings);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// Installs an empty database, brings the schema up, listens, and serves until SIGTERM or SIGINT. Answers
  /// the exit code.
  int run();
  /// Installs or migrates the database and returns without listening.
  int install();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace flotilla::app
