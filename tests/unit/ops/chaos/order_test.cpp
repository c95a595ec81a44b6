#include "ops/chaos/order.hpp"

#include <gmock/gmock.h>

#include <set>

namespace flotilla::ops::chaos {
namespace {

std::vector<Fault> faults(std::initializer_list<int> weights) {
  std::vector<Fault> out;
  for (int weight : weights) {
    out.emplace_back();
    out.back().weight = weight;
  }
  return out;
}

std::vector<std::size_t> draw(std::uint64_t seed, int count) {
  Order order(faults({1, 1, 8, 1}), seed);
  std::vector<std::size_t> out;
  for (int i = 0; i < count; ++i) out.push_back(order.next());
  return out;
}

TEST(ChaosOrder, GivesEachOnceBeforeAnyTwice) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Order order(faults({1, 1, 8, 1}), seed);
    std::set<std::size_t> first;
    for (int i = 0; i < 4; ++i) {
      EXPECT_FALSE(order.first_round_over());
      first.insert(order.next());
    }
    EXPECT_TRUE(order.first_round_over());
    EXPECT_EQ(first.size(), 4u);
  }
}

TEST(ChaosOrder, IsRepeatedByItsSeed) {
  EXPECT_EQ(draw(7, 100), draw(7, 100));
  EXPECT_NE(draw(7, 100), draw(8, 100));
}

TEST(ChaosOrder, GoesByWeightsAfterTheFirstRound) {
  const std::vector<std::size_t> drawn = draw(3, 1'104);
  const auto heavy = std::count(drawn.begin() + 4, drawn.end(), 2u);
  EXPECT_GT(heavy, 700);
  EXPECT_LT(heavy, 900);
}

}  // namespace
}  // namespace flotilla::ops::chaos
