#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/task.hpp"

namespace flotilla::cluster {

/// Bloom filters (B. Bloom, 1970): no false negatives; false positives at most at the reserved rate while no
/// more than `capacity` values were added. Keys are whole. Thread-safe; throws Unavailable.
class BloomStore {
 public:
  virtual ~BloomStore() = default;

  /// Makes the filter; one that exists stays as it is. Throws Error 400 unless 0 < error_rate < 1 and
  /// capacity > 0.
  virtual Task<void> reserve(std::string key, double error_rate, std::int64_t capacity) = 0;
  /// On a key that was not reserved: Error 404 naming it, so that a revoked token is never silently dropped.
  virtual Task<void> add(std::string key, std::vector<std::string> values) = 0;
  /// False on a key that was not reserved.
  virtual Task<bool> exists(std::string key, std::string value) = 0;
};

}  // namespace flotilla::cluster
