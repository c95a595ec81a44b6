#pragma once

#include <vector>

#include "ops/chaos/choice.hpp"
#include "ops/chaos/plan.hpp"

namespace flotilla::ops::chaos {

/// Which fault comes next: each once, in an order of chance, then by their weights. Pure.
class Order {
 public:
  Order(const std::vector<Fault>& faults, std::uint64_t seed);
  std::size_t next();
  /// Each has been given once.
  bool first_round_over() const { return first_.empty(); }

 private:
  Choice choice_;
  std::vector<std::size_t> first_;
  std::vector<int> weights_;
};

}  // namespace flotilla::ops::chaos
