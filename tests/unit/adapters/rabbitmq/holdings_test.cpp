#include "adapters/rabbitmq/holdings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace flotilla::rabbitmq {
namespace {

using namespace std::chrono_literals;
using cluster::Monotonic;
using cluster::Priority;

const Monotonic kStart{1'000'000s};

Envelope of(Priority band, std::string body = "x") {
  Envelope envelope;
  envelope.message.body = std::move(body);
  envelope.message.options.priority = band;
  return envelope;
}

TEST(Holdings, HandsOutEachBandInTheOrderOfArrival) {
  Holdings held;
  held.add(1, of(Priority::low), kStart);
  held.add(2, of(Priority::high), kStart + 1ms);
  held.add(3, of(Priority::high), kStart + 2ms);
  EXPECT_EQ(held.next(Priority::high), 2u);
  EXPECT_EQ(held.waiting_since(Priority::high), kStart + 1ms);
  held.claim(2, kStart + 1s);
  EXPECT_EQ(held.next(Priority::high), 3u);
  EXPECT_EQ(held.next(Priority::low), 1u);
  EXPECT_EQ(held.next(Priority::normal), std::nullopt);
  EXPECT_EQ(held.waiting_since(Priority::normal), std::nullopt);
  EXPECT_EQ(held.waiting(Priority::high), 1u);
  EXPECT_EQ(held.unclaimed(Priority::low), std::vector<Holdings::Tag>{1});
}

TEST(Holdings, WhatWasTakenFromTheMiddleIsNotHandedOut) {
  Holdings held;
  for (Holdings::Tag tag = 1; tag <= 3; ++tag) held.add(tag, of(Priority::normal), kStart);
  held.erase(2);
  held.claim(3, kStart + 1s);
  EXPECT_EQ(held.unclaimed(Priority::normal), std::vector<Holdings::Tag>{1});
  held.erase(1);
  EXPECT_FALSE(held.any_unclaimed());
}

TEST(Holdings, AClaimIsValidUntilItsLeaseEnds) {
  Holdings held;
  held.add(1, of(Priority::normal, "body"), kStart);
  EXPECT_EQ(held.claimed(1, kStart), nullptr) << "nobody has claimed it";
  held.claim(1, kStart + 100ms);
  ASSERT_NE(held.claimed(1, kStart + 99ms), nullptr);
  EXPECT_EQ(held.claimed(1, kStart)->message.body, "body");
  EXPECT_EQ(held.claimed(1, kStart + 100ms), nullptr);
  held.claim(1, kStart + 300ms);
  EXPECT_NE(held.claimed(1, kStart + 200ms), nullptr);
  held.erase(1);
  EXPECT_EQ(held.claimed(1, kStart), nullptr);
}

TEST(Holdings, TellsWhoseLeaseHasLapsed) {
  Holdings held;
  EXPECT_EQ(held.next_lapse(), Monotonic::max());
  held.add(1, of(Priority::normal), kStart);
  held.add(2, of(Priority::normal), kStart);
  held.add(3, of(Priority::normal), kStart);
  held.claim(1, kStart + 100ms);
  held.claim(2, kStart + 200ms);
  EXPECT_EQ(held.next_lapse(), kStart + 100ms);
  EXPECT_TRUE(held.lapsed(kStart + 99ms).empty());
  EXPECT_EQ(held.lapsed(kStart + 100ms), std::vector<Holdings::Tag>{1});
  held.erase(1);
  EXPECT_TRUE(held.lapsed(kStart + 150ms).empty());
  EXPECT_LE(held.next_lapse(), kStart + 200ms);
  EXPECT_EQ(held.lapsed(kStart + 1s), std::vector<Holdings::Tag>{2});
}

TEST(Holdings, CountsWhatIsClaimedOfTheNewOnes) {
  Holdings held;
  held.add(1, of(Priority::normal), kStart);
  held.claim(1, kStart + 1s);
  EXPECT_EQ(held.claimed_since_mark(), 1u);
  held.mark();
  EXPECT_EQ(held.claimed_since_mark(), 0u);
  held.add(2, of(Priority::normal), kStart);
  held.add(3, of(Priority::normal), kStart);
  held.claim(2, kStart + 1s);
  held.claim(2, kStart + 2s);
  EXPECT_EQ(held.claimed_since_mark(), 1u);
  held.erase(1);
  EXPECT_EQ(held.claimed_since_mark(), 1u) << "an older one ended";
  held.erase(2);
  held.erase(3);
  EXPECT_EQ(held.claimed_since_mark(), 0u);
}

TEST(Holdings, KnowsWhatCanBeAcknowledgedTogether) {
  Holdings held;
  for (Holdings::Tag tag = 1; tag <= 4; ++tag) held.add(tag, of(Priority::normal), kStart);
  auto among = [](std::vector<Holdings::Tag> tags) {
    return [tags](Holdings::Tag tag) { return std::ranges::find(tags, tag) != tags.end(); };
  };
  EXPECT_EQ(held.oldest_run(among({1, 2, 4})), 2u);
  EXPECT_EQ(held.oldest_run(among({2, 3})), 0u);
  EXPECT_EQ(held.oldest_run(among({1, 2, 3, 4})), 4u);
}

TEST(Holdings, NothingIsLeftOfABrokenConnection) {
  Holdings held;
  held.add(9, of(Priority::high), kStart);
  held.claim(9, kStart + 1s);
  held.add(10, of(Priority::high), kStart);
  held.clear();
  EXPECT_FALSE(held.any_unclaimed());
  EXPECT_EQ(held.find(9), nullptr);
  EXPECT_EQ(held.next_lapse(), Monotonic::max());
  held.add(1, of(Priority::high), kStart);
  held.claim(1, kStart + 1s);
  EXPECT_EQ(held.claimed_since_mark(), 1u) << "tags begin again";
}

}  // namespace
}  // namespace flotilla::rabbitmq
