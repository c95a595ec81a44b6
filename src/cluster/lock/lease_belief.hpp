#pragma once

#include <algorithm>

#include "cluster/time.hpp"

namespace flotilla::cluster {

/// When a lease may be believed: from before it was asked for until its ttl, less a margin for the difference
/// in pace of two clocks. Pure.
class LeaseBelief {
 public:
  static constexpr Millis kMarginMax{50};
  static constexpr int kMarginPart = 10;

  LeaseBelief() = default;
  LeaseBelief(Monotonic asked_at, Millis ttl)
      : until_(asked_at + ttl - std::min(kMarginMax, ttl / kMarginPart)) {}

  bool holds(Monotonic now) const { return now < until_; }
  Monotonic until() const { return until_; }

 private:
  Monotonic until_{};
};

}  // namespace flotilla::cluster
