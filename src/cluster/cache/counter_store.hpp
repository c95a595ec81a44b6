#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/time.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

/// Counters that several nodes add to. Keys are whole. Thread-safe; throws Unavailable.
class CounterStore {
 public:
  virtual ~CounterStore() = default;

  /// Adds atomically and answers the new total. `ttl` is armed by the add that makes the counter, and by no
  /// later one: a window of rate limiting ends when it should. Without one, or with one of 0 or less, the
  /// counter stays. Beyond 64 bits it throws Error and changes nothing.
  virtual Task<std::int64_t> add(std::string key, std::int64_t by, std::optional<Millis> ttl) = 0;
  /// 0 when absent.
  virtual Task<std::int64_t> get(std::string key) = 0;
  virtual Task<void> reset(std::string key) = 0;
};

}  // namespace flotilla::cluster
