#pragma once

#include <chrono>

namespace flotilla {

/// Wall-clock milliseconds since 1970-01-01T00:00Z.
using UnixMs = std::chrono::sys_time<std::chrono::milliseconds>;

/// Time as a dependency, so that tests can set it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs now() const = 0;

  /// The machine's clock; lives for the whole process.
  static const Clock& system();
};

}  // namespace flotilla
