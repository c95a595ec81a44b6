#pragma once

#include <algorithm>
#include <cstdint>

#include "cluster/time.hpp"

namespace flotilla::redis {

/// Pauses between attempts: each twice the one before up to `max`, of which a random part between a half and
/// all is taken, so that the nodes of a fleet do not come back in step.
class Backoff {
 public:
  Backoff(cluster::Millis first, cluster::Millis max) : first_(first), max_(max), next_(first) {}

  /// `random`: any number.
  cluster::Millis pause(std::uint64_t random) {
    const auto whole = static_cast<std::uint64_t>(std::max<std::int64_t>(1, next_.count()));
    next_ = std::min(max_, next_ * 2);
    const std::uint64_t half = (whole + 1) / 2;
    return cluster::Millis(static_cast<std::int64_t>(half + random % (whole - half + 1)));
  }
  void reset() { next_ = first_; }

 private:
  cluster::Millis first_;
  cluster::Millis max_;
  cluster::Millis next_;
};

}  // namespace flotilla::redis
