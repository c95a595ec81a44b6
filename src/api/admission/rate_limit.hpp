#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "cluster/cache/cache_manager.hpp"

namespace flotilla::api {

/// Requests of a user in a second, counted by all nodes together in the cache's counters (fixed windows).
/// When those do not answer, each node counts for itself. Thread-safe.
class RateLimit {
 public:
  /// `per_second` 0: no limit.
  RateLimit(std::int64_t per_second, cluster::Counter shared, cluster::Counter spare, const Clock& clock)
      : per_second_(per_second), shared_(std::move(shared)), spare_(std::move(spare)), clock_(clock) {}

  bool is_on() const { return per_second_ > 0; }
  /// Counts a request; false when it is one too many. Does not throw.
  Task<bool> count(std::int64_t user_id);
  std::int64_t per_second() const { return per_second_; }

 private:
  const std::int64_t per_second_;
  cluster::Counter shared_;
  cluster::Counter spare_;
  const Clock& clock_;
};

}  // namespace flotilla::api
