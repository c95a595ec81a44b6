#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace flotilla::http {

/// Until when a peer may take its time. It is late when nothing has moved for the time-out, or when all that
/// has moved since the start is less than a least rate asks for: the first catches who stops, the second who
/// drips. Large transfers of an honest slow peer are neither. Pure: the time is told.
class Pace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Pace() = default;  ///< never late
  /// `bytes_per_second` 0: only the whole time counts, progress does not prolong it.
  Pace(TimePoint now, std::chrono::milliseconds timeout, std::uint32_t bytes_per_second)
      : timeout_(timeout), rate_(bytes_per_second), earned_until_(now + timeout), deadline_(earned_until_) {}

  TimePoint deadline() const { return deadline_; }

  void progress(TimePoint now, std::uint64_t bytes) {
    if (rate_ == 0 || bytes == 0) return;
    earned_until_ += std::chrono::nanoseconds(bytes * 1'000'000'000 / rate_);
    deadline_ = std::min(now + timeout_, earned_until_);
  }

 private:
  std::chrono::milliseconds timeout_{0};
  std::uint32_t rate_ = 0;
  TimePoint earned_until_ = TimePoint::max();
  TimePoint deadline_ = TimePoint::max();
};

}  // namespace flotilla::http
