#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "base/metrics/registry.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla {

/// How late event loops are: twenty times a second each one is asked to call at a time, and how much later it
/// calls is what everything on it waits. Start and destroy it while the loops do not run, or from anywhere
/// once they are joined.
class LoopLag {
 public:
  static constexpr std::chrono::milliseconds kPeriod{50};

  /// The loops outlive it. `name` tells these loops from others.
  LoopLag(EventLoops& loops, std::string_view name, metrics::Registry& registry);
  ~LoopLag();
  LoopLag(const LoopLag&) = delete;
  LoopLag& operator=(const LoopLag&) = delete;

  /// Of one loop now; one that hangs is as late as it has been silent. Any thread.
  std::chrono::nanoseconds of(std::size_t loop) const;

 private:
  class Probe;
  std::vector<std::shared_ptr<Probe>> probes_;
};

}  // namespace flotilla
