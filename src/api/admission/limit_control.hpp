#pragma once

#include <algorithm>
#include <chrono>

namespace flotilla::api {

/// How many requests may be worked on at a time, found by watching how long they wait inside: more as long as
/// they do not, fewer when they do (additive increase, multiplicative decrease; the signal is that of Zhou
/// and others, "Overload Control for Scaling WeChat Microservices", SoCC 2018: waiting, not the whole time of
/// an answer, which also grows with what is asked). Pure: it is told everything.
class LimitControl {
 public:
  using Duration = std::chrono::nanoseconds;
  /// So many intervals in a row must be late before it is believed: a moment in which the machine did
  /// something else is no overload.
  static constexpr int kLateIntervals = 3;

  struct Options {
    int min = 32;
    int max = 1'000;
    Duration target{std::chrono::milliseconds(20)};
  };

  explicit LimitControl(const Options& options) : options_(options), limit_(options.max) {}

  int limit() const { return limit_; }
  /// Once an interval. `delay`: what requests waited inside (event loop, database) on average; `most`: how
  /// many were worked on at the most; `wanted`: whether some waited outside.
  void update(Duration delay, int most, bool wanted) {
    late_ = delay > options_.target ? late_ + 1 : 0;
    if (late_ >= kLateIntervals) {
      const double by = static_cast<double>(options_.target.count()) / static_cast<double>(delay.count());
      // What was not used is not what makes them wait.
      const int used = std::min(limit_, std::max(most, options_.min));
      limit_ = std::max(options_.min, static_cast<int>(used * std::clamp(by, 0.7, 0.95)));
    } else if (delay < options_.target * 3 / 4 && (wanted || most >= limit_)) {
      limit_ = std::min(options_.max, limit_ + std::max(1, limit_ / 16));
    } else if (!wanted && most < limit_ / 2) {
      // Nothing is known of a limit that is far away: back to where it is in nobody's way.
      limit_ = std::min(options_.max, limit_ + std::max(1, limit_ / 16));
    }
  }

 private:
  Options options_;
  int limit_;
  int late_ = 0;  ///< intervals in a row
};

}  // namespace flotilla::api
