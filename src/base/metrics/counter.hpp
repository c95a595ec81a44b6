#pragma once

#include <array>
#include <cstdint>

#include "base/metrics/shard.hpp"

namespace flotilla::metrics {

/// A number that all threads add to: one relaxed atomic add. Read as a sum, which is exact once the writers
/// rest and may miss what is being added right now.
template <class Number>
class Sharded {
 public:
  void add(Number by = 1) noexcept { cells_[shard()].value.fetch_add(by, std::memory_order_relaxed); }
  Number value() const noexcept {
    Number sum = 0;
    for (const Cell& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  struct alignas(64) Cell {
    std::atomic<Number> value{0};
  };
  std::array<Cell, kShards> cells_;
};

/// Only rises.
using Counter = Sharded<std::uint64_t>;

/// Rises and falls: what is under way now.
class Level : public Sharded<std::int64_t> {
 public:
  /// Counts itself while it lives.
  class Hold {
   public:
    explicit Hold(Level& level) : level_(&level) { level.add(1); }
    ~Hold() { end(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    void end() noexcept {
      if (level_) level_->add(-1);
      level_ = nullptr;
    }

   private:
    Level* level_;
  };
};

}  // namespace flotilla::metrics
