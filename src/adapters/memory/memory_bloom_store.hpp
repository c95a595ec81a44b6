#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "cluster/cache/bloom_math.hpp"
#include "cluster/cache/bloom_store.hpp"

namespace flotilla::memory {

/// Bloom filters of this process, each a table of bits (1.8 MB for a million values at a rate of 0.001).
/// Thread-safe; never throws Unavailable.
class MemoryBloomStore : public cluster::BloomStore {
 public:
  Task<void> reserve(std::string key, double error_rate, std::int64_t capacity) override;
  Task<void> add(std::string key, std::vector<std::string> values) override;
  Task<bool> exists(std::string key, std::string value) override;

 private:
  class Filter;
  std::shared_ptr<Filter> find(const std::string& key) const;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Filter>> filters_;
};

}  // namespace flotilla::memory
