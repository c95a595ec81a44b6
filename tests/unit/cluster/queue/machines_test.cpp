#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/queue/attempts.hpp"
#include "cluster/queue/intake.hpp"
#include "cluster/queue/retry_policy.hpp"

namespace flotilla::cluster {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

const Monotonic kBegin{1000s};

Delivery delivery(int retried, int max_retries, Millis timeout = 100ms) {
  Delivery out;
  out.message.options.max_retries = max_retries;
  out.message.options.timeout = timeout;
  out.retried = retried;
  out.receipt = "r" + std::to_string(retried);
  return out;
}

TEST(RetryPolicy, PausesDoubleUpToTheLongestAndHalfOfEachIsFixed) {
  const RetryPolicy policy(100ms, 1s);
  for (int retried = 0; retried < 70; ++retried) {
    const Millis whole = retried < 4 ? 100ms * (1 << retried) : Millis(1s);
    for (int i = 0; i < 50; ++i) {
      const Millis pause = policy.pause(retried, Random::system());
      EXPECT_GE(pause, whole / 2) << retried;
      EXPECT_LE(pause, whole) << retried;
    }
  }
}

TEST(RetryPolicy, PausesDiffer) {
  const RetryPolicy policy(1s, 60s);
  const Millis first = policy.pause(3, Random::system());
  bool differs = false;
  for (int i = 0; i < 100 && !differs; ++i) differs = policy.pause(3, Random::system()) != first;
  EXPECT_TRUE(differs);
}

TEST(RetryPolicy, TheLastFailureIsADeadLetter) {
  const RetryPolicy policy(1ms, 1ms);
  EXPECT_TRUE(
      std::holds_alternative<Settlement::Retry>(policy.after_failure(delivery(0, 2), "x", Random::system())));
  EXPECT_TRUE(
      std::holds_alternative<Settlement::Retry>(policy.after_failure(delivery(1, 2), "x", Random::system())));
  const auto last = policy.after_failure(delivery(2, 2), std::string(5'000, 'x'), Random::system());
  ASSERT_TRUE(std::holds_alternative<Settlement::Dead>(last));
  EXPECT_EQ(std::get<Settlement::Dead>(last).reason.size(), 1'000u);
}

TEST(Attempts, AreLateAfterTheirTimeoutOnceEach) {
  Attempts attempts;
  const auto slow = attempts.begin(delivery(0, 0, 200ms), kBegin);
  const auto quick = attempts.begin(delivery(1, 0, 100ms), kBegin);
  EXPECT_EQ(attempts.next_late(), kBegin + 100ms);
  EXPECT_THAT(attempts.late(kBegin + 99ms), IsEmpty());
  EXPECT_THAT(attempts.late(kBegin + 100ms), SizeIs(1));
  EXPECT_TRUE(attempts.at(quick).late);
  EXPECT_FALSE(attempts.at(slow).late);
  EXPECT_THAT(attempts.late(kBegin + 150ms), IsEmpty());
  EXPECT_EQ(attempts.next_late(), kBegin + 200ms);
}

TEST(Attempts, OfTwoWithOneDeadlineTheRightOneEnds) {
  Attempts attempts;
  const auto first = attempts.begin(delivery(0, 0), kBegin), second = attempts.begin(delivery(1, 0), kBegin);
  ASSERT_TRUE(attempts.end(first));
  EXPECT_THAT(attempts.late(kBegin + 1h), SizeIs(1));
  EXPECT_TRUE(attempts.at(second).late);
  EXPECT_EQ(attempts.next_late(), std::nullopt);
}

TEST(Attempts, OneThatIsLateForTooLongIsNotRenewedAnyMore) {
  Attempts attempts;
  attempts.begin(delivery(0, 0, 100ms), kBegin);
  EXPECT_THAT(attempts.to_renew(kBegin + 100ms + Attempts::kStuckAfter - 1ms), SizeIs(1));
  EXPECT_THAT(attempts.to_renew(kBegin + 100ms + Attempts::kStuckAfter), IsEmpty());
  EXPECT_EQ(attempts.size(), 1u) << "it keeps its slot";
}

TEST(Attempts, WhatWasLostIsToldOnceNotRenewedAndNotSettled) {
  Attempts attempts;
  const auto id = attempts.begin(delivery(0, 0), kBegin);
  EXPECT_TRUE(attempts.lose(id));
  EXPECT_FALSE(attempts.lose(id));
  EXPECT_THAT(attempts.to_renew(kBegin), IsEmpty());
  EXPECT_FALSE(attempts.end(id));
  EXPECT_FALSE(attempts.lose(id));
  EXPECT_EQ(attempts.size(), 0u);
}

TEST(Intake, TakesWhatThereAreSlotsForAndNothingWhenNotIdle) {
  EXPECT_EQ((Intake{3}.room(1, true)), 2u);
  EXPECT_EQ((Intake{3}.room(3, true)), 0u);
  EXPECT_EQ((Intake{3}.room(9, true)), 0u);
  EXPECT_EQ((Intake{3}.room(0, false)), 0u);
  EXPECT_EQ((Intake{0}.room(1, true)), static_cast<std::size_t>(Consumer::kUnlimited) - 1);
}

}  // namespace
}  // namespace flotilla::cluster
