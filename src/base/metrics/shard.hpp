#pragma once

#include <atomic>
#include <cstddef>

namespace flotilla::metrics {

/// Threads that write the same number at the same time would take its cache line from each other with every
/// write: each thread has one of so many places, and who reads adds them up.
inline constexpr std::size_t kShards = 8;

/// The calling thread's place. Threads in turn.
inline std::size_t shard() noexcept {
  static std::atomic<std::size_t> turn{0};
  thread_local const std::size_t own = turn.fetch_add(1, std::memory_order_relaxed) % kShards;
  return own;
}

}  // namespace flotilla::metrics
