#pragma once

#include <string>

#include "base/clock.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

/// Decides which node fires a job that is due. Thread-safe; throws Unavailable.
class FiringStore {
 public:
  virtual ~FiringStore() = default;
  /// True for exactly one caller in the fleet for each (job, due). The message that the firing publishes is
  /// kept in the same transaction: a node killed right after it has won loses nothing.
  virtual Task<bool> fire(std::string job, UnixMs due, std::string channel, std::string body) = 0;
  /// When the job last fired; UnixMs{} when never.
  virtual Task<UnixMs> last_fired(std::string job) = 0;
};

}  // namespace flotilla::cluster
