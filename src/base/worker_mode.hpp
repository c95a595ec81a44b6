#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flotilla {

/// WORKER_MODE: what a node of a fleet does. Immutable.
///   not set, ""   requests and every kind of background work
///   "!"           requests, no background work
///   "*"           every kind of background work, no requests
///   "a,b"         the named kinds of work, no requests
///   "!,a"         requests, and the named kinds
///   "-"           nothing
/// The value is trimmed as a whole; its items are compared as they are, so "!,*" names a kind called "*" and
/// is refused. A node that serves no requests still answers its probes.
class WorkerMode {
 public:
  /// Kinds of work that this version knows.
  static const std::vector<std::string>& known_services();

  /// Throws SettingError naming the unknown kind and the known ones.
  static WorkerMode parse(std::string_view value);

  bool serves_requests() const { return requests_; }
  bool serves(std::string_view service) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool requests_ = true;
  bool every_service_ = true;
  std::vector<std::string> services_;
};

}  // namespace flotilla
