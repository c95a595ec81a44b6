#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "base/metrics/shard.hpp"

namespace flotilla::metrics {

/// How long things took: counts in fixed buckets from 100 us to 30 s, and the sum. One look through the
/// bounds and two relaxed atomic adds. Thread-safe.
class Histogram {
 public:
  using Duration = std::chrono::nanoseconds;
  static constexpr std::array<std::int64_t, 17> kBoundsUs = {
      100,     250,     500,     1'000,     2'500,     5'000,     10'000,     25'000,    50'000,
      100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000};

  /// What takes no time or less counts as no time: clocks of two machines differ.
  void observe(Duration took) noexcept;

  struct Reading {
    std::array<std::uint64_t, kBoundsUs.size() + 1> counts{};  ///< by bucket, not cumulated; the last: longer
    Duration sum{};
  };
  Reading read() const noexcept;

 private:
  struct alignas(64) Shard {
    std::array<std::atomic<std::uint64_t>, kBoundsUs.size() + 1> counts{};
    std::atomic<std::int64_t> sum_ns{0};
  };
  std::array<Shard, kShards> shards_;
};

/// Observes its own life.
class Stopwatch {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Stopwatch(Histogram& histogram) : histogram_(histogram) {}
  ~Stopwatch() { histogram_.observe(Clock::now() - began_); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  Histogram& histogram_;
  const Clock::time_point began_ = Clock::now();
};

}  // namespace flotilla::metrics
