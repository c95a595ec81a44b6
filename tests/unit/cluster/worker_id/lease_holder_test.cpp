#include "cluster/worker_id/lease_holder.hpp"

#include <gtest/gtest.h>

namespace flotilla::cluster {
namespace {

using namespace std::chrono_literals;
using Do = LeaseHolder::Do;

const Monotonic kBegin{1000s};

class LeaseHolderTest : public testing::Test {
 protected:
  LeaseHolder holder{9s, 500ms};
};

TEST_F(LeaseHolderTest, AsksForAPlaceFirst) {
  EXPECT_EQ(holder.next(kBegin).what, Do::acquire);
  EXPECT_FALSE(holder.worker());
}

TEST_F(LeaseHolderTest, RenewsAtAThirdAndBelievesUntilTheMargin) {
  holder.granted(7, kBegin);
  EXPECT_EQ(holder.worker(), 7);
  EXPECT_EQ(holder.believed_until(), kBegin + 8'500ms);
  EXPECT_EQ(holder.next(kBegin + 1s).what, Do::wait);
  EXPECT_EQ(holder.next(kBegin + 1s).at, kBegin + 3s);
  EXPECT_EQ(holder.next(kBegin + 3s).what, Do::renew);
  holder.renewed(kBegin + 3s);
  EXPECT_EQ(holder.believed_until(), kBegin + 11'500ms);
}

TEST_F(LeaseHolderTest, TheBeliefCountsFromBeforeTheStoreWasAsked) {
  holder.granted(7, kBegin);
  // The answer came two seconds later: the lease began somewhere in between.
  EXPECT_EQ(holder.believed_until(), kBegin + 8'500ms);
}

TEST_F(LeaseHolderTest, OneThatLapsedAsksLikeAnybodyElse) {
  holder.granted(7, kBegin);
  EXPECT_EQ(holder.next(kBegin + 8'499ms).what, Do::renew);
  EXPECT_EQ(holder.next(kBegin + 8'500ms).what, Do::acquire);
}

TEST_F(LeaseHolderTest, AStoreThatIsAwayIsAskedAgainSoon) {
  holder.granted(7, kBegin);
  holder.unreachable(kBegin + 3s);
  EXPECT_EQ(holder.worker(), 7);
  EXPECT_EQ(holder.next(kBegin + 3s).what, Do::wait);
  EXPECT_EQ(holder.next(kBegin + 3'200ms).what, Do::renew);
  EXPECT_EQ(holder.believed_until(), kBegin + 8'500ms) << "no answer prolongs nothing";
}

TEST_F(LeaseHolderTest, WhatSomebodyElseHasIsGivenUpAtOnce) {
  holder.granted(7, kBegin);
  holder.lost();
  EXPECT_FALSE(holder.worker());
  EXPECT_EQ(holder.believed_until(), Monotonic{});
  EXPECT_EQ(holder.next(kBegin + 3s).what, Do::acquire);
}

TEST_F(LeaseHolderTest, WaitsAsLongAsTheStoreSaysButNeverLongerThanALease) {
  holder.refused(kBegin, 2s);
  EXPECT_EQ(holder.next(kBegin).at, kBegin + 2s);
  holder.refused(kBegin, 1h);
  EXPECT_EQ(holder.next(kBegin).at, kBegin + 9s);
  holder.refused(kBegin, 0ms);
  EXPECT_EQ(holder.next(kBegin).at, kBegin + 200ms);
}

}  // namespace
}  // namespace flotilla::cluster
