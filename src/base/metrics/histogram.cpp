#include "base/metrics/histogram.hpp"

#include <algorithm>

namespace flotilla::metrics {

void Histogram::observe(Duration took) noexcept {
  const std::int64_t ns = std::max<std::int64_t>(0, took.count());
  std::size_t bucket = 0;
  while (bucket < kBoundsUs.size() && ns > kBoundsUs[bucket] * 1'000) ++bucket;
  Shard& own = shards_[shard()];
  own.counts[bucket].fetch_add(1, std::memory_order_relaxed);
  own.sum_ns.fetch_add(ns, std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const noexcept {
  Reading out;
  for (const Shard& one : shards_) {
    for (std::size_t i = 0; i < out.counts.size(); ++i)
      out.counts[i] += one.counts[i].load(std::memory_order_relaxed);
    out.sum += Duration(one.sum_ns.load(std::memory_order_relaxed));
  }
  return out;
}

}  // namespace flotilla::metrics
