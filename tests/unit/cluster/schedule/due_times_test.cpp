#include "cluster/schedule/due_times.hpp"

#include <gmock/gmock.h>

#include "unit/cluster/schedule/support.hpp"

namespace flotilla::cluster {
namespace {

using test::utc;
using testing::ElementsAre;
using testing::IsEmpty;
using Due = DueTimes::Due;

const UnixMs kNoon = utc("2026-03-04 12:00:00");
const UnixMs kNever{};
constexpr Millis kSecond{1'000}, kMinute{60'000}, kHour{3'600'000};

class DueTimesTest : public testing::Test {
 protected:
  void set(const std::string& job, const std::string& cron, UnixMs last_fired, UnixMs now) {
    due_times.set(job, Cron::parse(cron), last_fired, now);
  }
  DueTimes due_times{kMinute};
};

TEST_F(DueTimesTest, NothingIsDueBeforeItsTimeAndOnceThen) {
  set("job", "0 12 * * *", kNever, kNoon - kHour);
  EXPECT_EQ(due_times.next(), kNoon);
  EXPECT_THAT(due_times.take(kNoon - Millis(1)), IsEmpty());
  EXPECT_THAT(due_times.take(kNoon), ElementsAre(Due{"job", kNoon}));
  EXPECT_THAT(due_times.take(kNoon), IsEmpty());
  EXPECT_THAT(due_times.take(kNoon + kHour), IsEmpty());
  EXPECT_EQ(due_times.next(), kNoon + 24 * kHour);
}

TEST_F(DueTimesTest, ALateLookNamesTheTimeThatItWasDue) {
  set("job", "0 12 * * *", kNever, kNoon - kHour);
  EXPECT_THAT(due_times.take(kNoon + Millis(1'234)), ElementsAre(Due{"job", kNoon}));
}

TEST_F(DueTimesTest, EachJobIsDueByItself) {
  set("a", "0 12 * * *", kNever, kNoon - kHour);
  set("b", "1 12 * * *", kNever, kNoon - kHour);
  set("c", "0 12 * * *", kNever, kNoon - kHour);
  EXPECT_THAT(due_times.take(kNoon), ElementsAre(Due{"a", kNoon}, Due{"c", kNoon}));
  EXPECT_EQ(due_times.next(), kNoon + kMinute);
  due_times.remove("b");
  EXPECT_THAT(due_times.take(kNoon + kMinute), IsEmpty());
}

TEST_F(DueTimesTest, WithoutJobsThereIsNoNext) {
  EXPECT_EQ(due_times.next(), std::nullopt);
  EXPECT_THAT(due_times.take(kNoon), IsEmpty());
  set("never", "0 0 30 2 *", kNever, kNoon);
  EXPECT_EQ(due_times.next(), std::nullopt);
  EXPECT_THAT(due_times.take(kNoon), IsEmpty());
}

TEST_F(DueTimesTest, AfterAShortPauseTheMissedTimeIsCaughtUp) {
  set("job", "0 12 * * *", kNoon - 24 * kHour, kNoon + kMinute - Millis(1));
  EXPECT_THAT(due_times.take(kNoon + kMinute - Millis(1)), ElementsAre(Due{"job", kNoon}));
}

TEST_F(DueTimesTest, AfterALongPauseTheMissedTimeIsSkipped) {
  set("job", "0 12 * * *", kNoon - 24 * kHour, kNoon + kMinute + Millis(1'000));
  EXPECT_THAT(due_times.take(kNoon + kMinute + Millis(1'000)), IsEmpty());
  EXPECT_EQ(due_times.next(), kNoon + 24 * kHour);
}

TEST_F(DueTimesTest, WhatTheFleetHasFiredIsNotCaughtUp) {
  set("job", "0 12 * * *", kNoon, kNoon + kSecond);
  EXPECT_THAT(due_times.take(kNoon + kSecond), IsEmpty());
}

TEST_F(DueTimesTest, OfSeveralMissedTimesTheLastIsDue) {
  set("job", "*/10 * * * * *", kNoon, kNoon);
  EXPECT_THAT(due_times.take(kNoon + 35 * kSecond), ElementsAre(Due{"job", kNoon + 30 * kSecond}));
  EXPECT_EQ(due_times.next(), kNoon + 40 * kSecond);
}

TEST_F(DueTimesTest, AProcessThatSleptDoesNotFireWhatIsTooOld) {
  set("job", "0 12 * * *", kNever, kNoon - kHour);
  EXPECT_THAT(due_times.take(kNoon + 2 * kHour), IsEmpty());
  EXPECT_EQ(due_times.next(), kNoon + 24 * kHour);
}

TEST_F(DueTimesTest, AClockThatJumpsAheadDoesNotFireTheTimesBetween) {
  set("job", "* * * * *", kNoon, kNoon);
  const UnixMs far = kNoon + 24 * 365 * kHour + 30 * kSecond;
  EXPECT_THAT(due_times.take(far), ElementsAre(Due{"job", far - 30 * kSecond}));
}

TEST_F(DueTimesTest, AClockThatIsSetBackALittleDoesNotSilenceAJob) {
  set("job", "* * * * *", kNoon, kNoon);
  ASSERT_THAT(due_times.take(kNoon + kMinute), ElementsAre(Due{"job", kNoon + kMinute}));
  // Told again: the store of firings refuses what it knows.
  EXPECT_THAT(due_times.take(kNoon + kMinute - Millis(5)), IsEmpty());
  EXPECT_THAT(due_times.take(kNoon + kMinute), ElementsAre(Due{"job", kNoon + kMinute}));
}

TEST_F(DueTimesTest, AClockThatWasYearsAheadAndIsSetRightIsNotWaitedFor) {
  set("job", "* * * * *", kNoon, kNoon);
  due_times.take(kNoon + 24 * 365 * kHour);
  EXPECT_THAT(due_times.take(kNoon + kSecond), IsEmpty());
  EXPECT_EQ(due_times.next(), kNoon + kMinute);
  EXPECT_THAT(due_times.take(kNoon + kMinute), ElementsAre(Due{"job", kNoon + kMinute}));
}

TEST_F(DueTimesTest, AJobThatIsSetWhenTheClockIsSetBackIsCaughtUp) {
  set("old", "* * * * *", kNoon, kNoon);
  due_times.take(kNoon + kHour);
  set("new", "0 12 * * *", kNever, kNoon + kSecond);
  EXPECT_THAT(due_times.take(kNoon + kSecond), ElementsAre(Due{"new", kNoon}));
}

TEST_F(DueTimesTest, AFiringInTheFutureHoldsNothingUp) {
  // A node whose clock was a year ahead has fired; the fleet starts again with the right time.
  set("job", "* * * * *", kNoon + 24 * 365 * kHour, kNoon);
  EXPECT_EQ(due_times.next(), kNoon + kMinute);
  EXPECT_THAT(due_times.take(kNoon), IsEmpty());
}

TEST_F(DueTimesTest, SettingAJobAgainReplacesItsTimes) {
  set("job", "0 12 * * *", kNever, kNoon - kHour);
  set("job", "30 12 * * *", kNever, kNoon - kHour);
  EXPECT_THAT(due_times.take(kNoon), IsEmpty());
  EXPECT_THAT(due_times.take(kNoon + 30 * kMinute), ElementsAre(Due{"job", kNoon + 30 * kMinute}));
}

}  // namespace
}  // namespace flotilla::cluster
