#include "ops/chaos/order.hpp"

#include <utility>

namespace flotilla::ops::chaos {

Order::Order(const std::vector<Fault>& faults, std::uint64_t seed) : choice_(seed) {
  for (const Fault& fault : faults) {
    first_.push_back(first_.size());
    weights_.push_back(fault.weight);
  }
  for (std::size_t i = first_.size(); i > 1; --i) std::swap(first_[i - 1], first_[choice_.below(i)]);
}

std::size_t Order::next() {
  if (first_.empty()) return choice_.weighted(weights_);
  const std::size_t fault = first_.back();
  first_.pop_back();
  return fault;
}

}  // namespace flotilla::ops::chaos
