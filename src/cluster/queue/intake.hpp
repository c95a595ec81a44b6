#pragma once

#include <algorithm>
#include <cstddef>

#include "cluster/queue/queue.hpp"

namespace flotilla::cluster {

/// How many messages a consumer may take now. Pure.
struct Intake {
  int concurrency = 1;  ///< as Consumer has it

  std::size_t slots() const {
    return static_cast<std::size_t>(concurrency <= 0 ? Consumer::kUnlimited : concurrency);
  }
  /// 0: wait for a running one to end, or for the consumer to be idle.
  std::size_t room(std::size_t running, bool idle) const {
    if (!idle) return 0;
    return slots() - std::min(slots(), running);
  }
};

}  // namespace flotilla::cluster
