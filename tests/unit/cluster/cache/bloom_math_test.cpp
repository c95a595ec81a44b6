#include "cluster/cache/bloom_math.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.hpp"

namespace flotilla::cluster {
namespace {

TEST(BloomShape, HasTheSizeOfTheFormula) {
  EXPECT_EQ(BloomShape::of(0.001, 1'000'000), (BloomShape{14'377'588, 10}));
  EXPECT_EQ(BloomShape::of(0.01, 1'000), (BloomShape{9'586, 7}));
  EXPECT_EQ(BloomShape::of(0.5, 1), (BloomShape{2, 1}));
  EXPECT_EQ(BloomShape::of(0.999'999, 1), (BloomShape{1, 1}));
}

TEST(BloomShape, RefusesWhatMakesNoSense) {
  for (const double rate : {0.0, 1.0, -0.1, 1.5, std::nan("")}) EXPECT_THROW(BloomShape::of(rate, 1), Error);
  for (const std::int64_t capacity : {0, -1}) EXPECT_THROW(BloomShape::of(0.01, capacity), Error);
  EXPECT_THROW(BloomShape::of(0.001, 1'000'000'000), Error) << "beyond one Redis string";
  EXPECT_THROW(BloomShape::of(0.001, INT64_MAX), Error);
  EXPECT_NO_THROW(BloomShape::of(0.001, 250'000'000));
}

// Bitmaps stay in Redis while releases come and go: these numbers may never change.
TEST(BloomShape, PositionsAreTheSameForEver) {
  const BloomShape shape = BloomShape::of(0.01, 1'000);
  EXPECT_EQ(shape.positions(""), (std::vector<std::uint64_t>{6347, 1931, 7102, 2689, 7865, 3459, 8644}));
  EXPECT_EQ(shape.positions("abc"), (std::vector<std::uint64_t>{5246, 4793, 4341, 3891, 3444, 3001, 2563}));
  EXPECT_EQ(BloomShape::of(0.001, 1'000'000).positions("Z\u00fcrich"),
            (std::vector<std::uint64_t>{1873462, 8013565, 14153669, 5916187, 12056296, 3818821, 9958939,
                                        1721475, 7861606, 14001745}));
}

TEST(BloomShape, PositionsAreBelowTheBitsAndDifferBetweenValues) {
  const BloomShape shape = BloomShape::of(0.001, 500);
  std::set<std::vector<std::uint64_t>> seen;
  for (int i = 0; i < 2'000; ++i) {
    const auto places = shape.positions(std::to_string(i));
    EXPECT_EQ(places.size(), 10u);
    for (const std::uint64_t place : places) ASSERT_LT(place, shape.bits);
    EXPECT_TRUE(seen.insert(places).second) << i;
  }
}

TEST(BloomShape, PositionsAreSpreadEvenly) {
  const BloomShape shape{1'000, 8};
  std::vector<int> used(shape.bits);
  constexpr int kValues = 20'000;
  for (int i = 0; i < kValues; ++i)
    for (const std::uint64_t place : shape.positions("value " + std::to_string(i))) ++used[place];
  const double expected = kValues * 8 / 1'000.0;
  double chi_square = 0;
  for (const int count : used) chi_square += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_square, 999 + 6 * std::sqrt(2 * 999.0)) << "six standard deviations";
}

}  // namespace
}  // namespace flotilla::cluster
