#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "cluster/cache/bloom_math.hpp"

namespace flotilla::auth {

/// Which tokens may have been ended before their time, so that requests need not ask the table
/// tokenBlacklist: a Bloom filter of what stands in it. "No" is sure while the filter is whole; "maybe" has
/// to be looked up. Reading takes no lock. Thread-safe.
class Revocations {
 public:
  static constexpr double kErrorRate = 0.001;
  static constexpr std::int64_t kCapacity = 1'000'000;

  explicit Revocations(std::int64_t capacity = kCapacity);

  /// `name` as revocation_name() makes it.
  void add(std::string_view name);
  /// False: surely not revoked. Always true while the filter is not whole.
  bool may_contain(std::string_view name) const;

  /// Something may have been missed: nothing is sure until the filter has been made anew, from begin() to
  /// finish().
  void distrust();

  // Makes the filter anew; one at a time. What is added meanwhile is in the new one, too.
  std::uint64_t begin();
  void load(std::string_view name);
  /// Takes what begin() answered: when distrust() was called since, the filter is in use, but not whole.
  void finish(std::uint64_t begun);
  /// So much was added that wrong answers get frequent: it is time to make it anew.
  bool full() const;

 private:
  struct Filter {
    explicit Filter(std::int64_t capacity);
    void add(std::string_view name);
    bool contains(std::string_view name) const;
    const std::int64_t capacity;
    const cluster::BloomShape shape;
    const std::unique_ptr<std::atomic<std::uint64_t>[]> words;
    std::atomic<std::int64_t> added{0};
  };

  const std::int64_t capacity_;
  mutable std::mutex adding_;
  std::shared_ptr<Filter> next_;  ///< being loaded
  std::atomic<std::shared_ptr<Filter>> filter_;
  std::atomic<bool> whole_{false};
  std::uint64_t distrusted_ = 0;  ///< how often
};

/// What stands for a token that the table names by `token`: its jti as it is, a token without one by its
/// SHA-256 (FIPS 180-4), so that no secret travels between nodes.
std::string revocation_name(std::string_view token);

}  // namespace flotilla::auth
