#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace flotilla::ops::chaos {

/// Choices that a seed repeats, on every machine: the standard's engines are specified, its distributions are
/// not.
class Choice {
 public:
  explicit Choice(std::uint64_t seed, std::uint64_t stream = 0)
      : engine_(seed ^ (0x9e3779b97f4a7c15u * (stream + 1))) {}

  /// 0 … n-1
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  /// An index; each as likely as its weight says. 0 when all weights are.
  std::size_t weighted(std::span<const int> weights) {
    std::uint64_t sum = 0;
    for (int weight : weights) sum += static_cast<std::uint64_t>(weight);
    if (sum == 0) return 0;
    std::uint64_t at = engine_() % sum;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (at < static_cast<std::uint64_t>(weights[i])) return i;
      at -= static_cast<std::uint64_t>(weights[i]);
    }
    return 0;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace flotilla::ops::chaos
