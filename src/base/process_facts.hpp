#pragma once

#include <cstdint>

namespace flotilla {

/// What the system tells of this process. A few reads below /proc; 0 for what cannot be read.
struct ProcessFacts {
  double cpu_seconds = 0;  ///< of all threads, user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  double start_time_seconds = 0;  ///< since 1970

  static ProcessFacts read();
};

}  // namespace flotilla
