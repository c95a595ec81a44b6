#include "cluster/schedule/scheduler.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "lib/cpp/loop.hpp"
#include "unit/cluster/schedule/fake_firings.hpp"
#include "unit/cluster/schedule/support.hpp"

namespace flotilla::cluster {
namespace {

using flotilla::test::Loop;
using test::FakeFirings;
using test::Gate;
using test::HandClock;
using test::utc;
using testing::ElementsAre;
using testing::IsEmpty;

const UnixMs kNoon = utc("2026-03-04 12:00:00");
constexpr Millis kSecond{1'000}, kMinute{60'000}, kHour{3'600'000};
constexpr const char* kAtNoon = "0 12 * * *";

bool until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class SchedulerTest : public testing::Test {
 protected:
  ~SchedulerTest() override {
    for (const auto& node : nodes) loop.run(node->stop());
  }
  Scheduler& node() {
    nodes.push_back(std::make_unique<Scheduler>(loop.executor(), store, clock));
    return *nodes.back();
  }
  Scheduler& started() {
    Scheduler& scheduler = node();
    scheduler.start();
    return scheduler;
  }
  void set(Scheduler& scheduler, const std::string& job, const std::string& cron) {
    scheduler.set_job(job, Cron::parse(cron), "main." + job);
  }
  /// Waits until the scheduler knows its jobs' due times.
  bool learned(const std::string& job, int reads = 1) {
    return until([&] { return store->reads(job) >= reads; });
  }
  bool fired(const std::string& job, std::size_t times = 1) {
    return until([&] { return store->dues(job).size() >= times; });
  }
  /// Waits for a round of the scheduler that looks at the clock as it is now: what other jobs are due by then
  /// was tried before this returns, because a job of this name comes last.
  bool a_round_has_passed(Scheduler& scheduler) {
    const std::string mark = "~" + std::to_string(++marks);
    set(scheduler, mark, "* * * * * *");
    return fired(mark);
  }

  Loop loop;
  HandClock clock{kNoon - kMinute};
  std::shared_ptr<FakeFirings> store = std::make_shared<FakeFirings>();
  std::vector<std::unique_ptr<Scheduler>> nodes;
  int marks = 0;
};

TEST_F(SchedulerTest, AJobThatIsDueIsAMessageOnItsChannel) {
  Scheduler& scheduler = started();
  scheduler.set_job("job", Cron::parse(kAtNoon), "main.cron", {{"workflow", 7}, {"job", "not this"}});
  ASSERT_TRUE(learned("job"));
  ASSERT_TRUE(a_round_has_passed(scheduler));
  EXPECT_EQ(store->attempts("job"), 0) << "before its time";
  clock.set(kNoon + Millis(3));
  ASSERT_TRUE(fired("job"));
  const auto all = store->fired();
  const auto one = std::ranges::find(all, "job", &FakeFirings::Fired::job);
  EXPECT_EQ(one->due, kNoon);
  EXPECT_EQ(one->channel, "main.cron");
  const Json body = json::parse(one->body);
  EXPECT_EQ(body.as_object().size(), 3u);
  EXPECT_EQ(body.at("job"), "job") << "a payload does not hide which job it is";
  EXPECT_EQ(body.at("due"), kNoon.time_since_epoch().count());
  EXPECT_EQ(body.at("workflow"), 7);
}

TEST_F(SchedulerTest, EachDueTimeIsTriedOnce) {
  Scheduler& scheduler = started();
  set(scheduler, "job", "* 12 * * *");
  for (int minute = 0; minute < 3; ++minute) {
    clock.set(kNoon + minute * kMinute + kSecond);
    ASSERT_TRUE(fired("job", static_cast<std::size_t>(minute) + 1));
  }
  ASSERT_TRUE(a_round_has_passed(scheduler));
  EXPECT_THAT(store->dues("job"), ElementsAre(kNoon, kNoon + kMinute, kNoon + 2 * kMinute));
  EXPECT_EQ(store->attempts("job"), 3);
}

TEST_F(SchedulerTest, AFleetFiresADueTimeOnce) {
  constexpr int kNodes = 4;
  for (int i = 0; i < kNodes; ++i) set(started(), "job", "* 12 * * *");
  ASSERT_TRUE(learned("job", kNodes));
  for (int minute = 0; minute < 3; ++minute) {
    clock.set(kNoon + minute * kMinute);
    ASSERT_TRUE(until([&] { return store->attempts("job") == kNodes * (minute + 1); }))
        << "all of them watch";
  }
  EXPECT_THAT(store->dues("job"), ElementsAre(kNoon, kNoon + kMinute, kNoon + 2 * kMinute));
}

TEST_F(SchedulerTest, ADueTimeOfADeadNodeIsFiredByTheOthers) {
  Scheduler& dies = started();
  Scheduler& lives = started();
  set(dies, "job", kAtNoon);
  set(lives, "job", kAtNoon);
  ASSERT_TRUE(learned("job", 2));
  loop.run(dies.stop());
  clock.set(kNoon);
  EXPECT_TRUE(fired("job"));
}

TEST_F(SchedulerTest, WhatWasDueWhileAllWereDownIsCaughtUp) {
  store->has_fired("job", kNoon - 24 * kHour);
  clock.set(kNoon + Scheduler::kCatchUp - kSecond);
  set(started(), "job", kAtNoon);
  ASSERT_TRUE(fired("job"));
  EXPECT_THAT(store->dues("job"), ElementsAre(kNoon));
}

TEST_F(SchedulerTest, WhatWasDueTooLongAgoIsSkipped) {
  store->has_fired("job", kNoon - 24 * kHour);
  clock.set(kNoon + Scheduler::kCatchUp + kSecond);
  Scheduler& scheduler = started();
  set(scheduler, "job", kAtNoon);
  ASSERT_TRUE(a_round_has_passed(scheduler));
  EXPECT_EQ(store->attempts("job"), 0);
}

TEST_F(SchedulerTest, WhatOthersFiredBeforeTheStartIsNotEvenTried) {
  store->has_fired("job", kNoon);
  clock.set(kNoon + kSecond);
  Scheduler& scheduler = started();
  set(scheduler, "job", kAtNoon);
  ASSERT_TRUE(a_round_has_passed(scheduler));
  EXPECT_EQ(store->attempts("job"), 0);
}

TEST_F(SchedulerTest, OfTimesThatAJumpOfTheClockPassedOverTheLastIsFired) {
  Scheduler& scheduler = started();
  set(scheduler, "minutely", "* * * * *");
  set(scheduler, "noon", kAtNoon);
  ASSERT_TRUE(learned("minutely") && learned("noon"));
  clock.set(kNoon + 5 * kHour + 30 * kSecond);
  ASSERT_TRUE(
      until([&] { return !store->dues("minutely").empty() && store->dues("minutely").back() > kNoon; }));
  ASSERT_TRUE(a_round_has_passed(scheduler));
  EXPECT_EQ(store->dues("minutely").back(), kNoon + 5 * kHour);
  EXPECT_LE(store->dues("minutely").size(), 2u) << "one more may have been due before the jump";
  EXPECT_EQ(store->attempts("noon"), 0);
}

TEST_F(SchedulerTest, AClockThatWasAheadAndIsSetRightIsNotWaitedFor) {
  Scheduler& scheduler = started();
  set(scheduler, "job", "* * * * *");
  ASSERT_TRUE(learned("job"));
  const UnixMs wrong = kNoon + 365 * 24 * kHour;
  clock.set(wrong);
  ASSERT_TRUE(until([&] { return !store->dues("job").empty() && store->dues("job").back() == wrong; }));
  clock.set(kNoon - kSecond);
  ASSERT_TRUE(a_round_has_passed(scheduler));
  clock.set(kNoon);
  EXPECT_TRUE(until([&] { return store->dues("job").back() == kNoon; }));
}

TEST_F(SchedulerTest, ADueTimeWaitsForAStoreThatIsAwayForAMoment) {
  Scheduler& scheduler = started();
  set(scheduler, "job", kAtNoon);
  ASSERT_TRUE(learned("job"));
  ASSERT_TRUE(a_round_has_passed(scheduler));
  store->take_away();
  clock.set(kNoon);
  ASSERT_TRUE(until([&] { return store->attempts("job") >= 2; }));
  EXPECT_THAT(store->dues("job"), IsEmpty());
  store->bring_back();
  ASSERT_TRUE(fired("job"));
  EXPECT_THAT(store->dues("job"), ElementsAre(kNoon));
}

TEST_F(SchedulerTest, AnAnswerThatWasLostDoesNotFireTwice) {
  Scheduler& scheduler = started();
  set(scheduler, "job", kAtNoon);
  ASSERT_TRUE(learned("job"));
  store->lose_answers(1);
  clock.set(kNoon);
  ASSERT_TRUE(until([&] { return store->attempts("job") == 2; }));
  EXPECT_THAT(store->dues("job"), ElementsAre(kNoon));
}

TEST_F(SchedulerTest, ADueTimeThatNoStoreTookForTooLongIsSkipped) {
  Scheduler& scheduler = started();
  set(scheduler, "early", kAtNoon);
  set(scheduler, "late", "2 12 * * *");
  ASSERT_TRUE(learned("early") && learned("late"));
  ASSERT_TRUE(a_round_has_passed(scheduler));
  store->take_away("early");
  store->take_away("late");
  clock.set(kNoon);
  ASSERT_TRUE(until([&] { return store->attempts("early") >= 1; }));
  clock.set(kNoon + 2 * kMinute);
  // Its pause before it tries again began later than that of the other.
  ASSERT_TRUE(until([&] { return store->attempts("late") >= 1; }));
  store->bring_back();
  ASSERT_TRUE(fired("late"));
  EXPECT_THAT(store->dues("early"), IsEmpty());
}

TEST_F(SchedulerTest, AFiringThatHangsHoldsUpNoOther) {
  Scheduler& scheduler = started();
  set(scheduler, "hangs", "* 12 * * *");
  set(scheduler, "other", kAtNoon);
  ASSERT_TRUE(learned("hangs") && learned("other"));
  ASSERT_TRUE(a_round_has_passed(scheduler));
  const auto gate = std::make_shared<Gate>();
  store->hold_next("hangs", gate);
  clock.set(kNoon);
  EXPECT_TRUE(fired("other"));
  EXPECT_EQ(store->attempts("hangs"), 1);
  EXPECT_THAT(store->dues("hangs"), IsEmpty());
  clock.set(kNoon + kMinute);
  EXPECT_TRUE(fired("hangs")) << "nor its own next one";
  gate->open();
  ASSERT_TRUE(fired("hangs", 2));
  EXPECT_THAT(store->dues("hangs"), ElementsAre(kNoon + kMinute, kNoon));
}

TEST_F(SchedulerTest, AJobThatCannotBeReadHoldsUpNoOther) {
  store->take_away("broken");
  Scheduler& scheduler = node();
  set(scheduler, "broken", kAtNoon);
  set(scheduler, "sound", kAtNoon);
  scheduler.start();
  ASSERT_TRUE(learned("broken"));
  clock.set(kNoon);
  EXPECT_TRUE(fired("sound"));
  EXPECT_THAT(store->dues("broken"), IsEmpty());
  store->bring_back();
  EXPECT_TRUE(fired("broken")) << "it is asked for again";
}

TEST_F(SchedulerTest, AJobThatIsReplacedHasOnlyItsNewTimesAndChannel) {
  Scheduler& scheduler = started();
  scheduler.set_job("job", Cron::parse(kAtNoon), "old");
  ASSERT_TRUE(learned("job"));
  scheduler.set_job("job", Cron::parse("1 12 * * *"), "new");
  ASSERT_TRUE(learned("job", 2));
  clock.set(kNoon + kSecond);
  ASSERT_TRUE(a_round_has_passed(scheduler));
  EXPECT_EQ(store->attempts("job"), 0);
  clock.set(kNoon + kMinute);
  ASSERT_TRUE(fired("job"));
  const auto all = store->fired();
  EXPECT_EQ(std::ranges::find(all, "job", &FakeFirings::Fired::job)->channel, "new");
}

TEST_F(SchedulerTest, AJobThatIsReplacedWhileItsLastFiringIsReadHasItsNewTimes) {
  const auto gate = std::make_shared<Gate>();
  store->hold_next("job", gate);
  Scheduler& scheduler = started();
  set(scheduler, "job", "0 18 * * *");
  ASSERT_TRUE(learned("job"));
  set(scheduler, "job", kAtNoon);
  gate->open();
  ASSERT_TRUE(learned("job", 2)) << "the replacement was never looked at";
  clock.set(kNoon);
  EXPECT_TRUE(fired("job"));
}

TEST_F(SchedulerTest, AReplacedJobDoesNotFireWhatIsStillToBeFired) {
  Scheduler& scheduler = started();
  scheduler.set_job("job", Cron::parse(kAtNoon), "old");
  scheduler.set_job("other", Cron::parse(kAtNoon), "other");
  ASSERT_TRUE(learned("job") && learned("other"));
  ASSERT_TRUE(a_round_has_passed(scheduler));
  store->take_away("job");
  store->take_away("other");
  clock.set(kNoon);
  ASSERT_TRUE(until([&] { return store->attempts("other") >= 1; }));
  scheduler.set_job("job", Cron::parse("30 12 * * *"), "new");
  store->bring_back();
  // It comes after "job" in each round of trying again.
  ASSERT_TRUE(fired("other"));
  EXPECT_THAT(store->dues("job"), IsEmpty());
}

TEST_F(SchedulerTest, ARemovedJobDoesNotFire) {
  Scheduler& scheduler = started();
  set(scheduler, "before", kAtNoon);
  set(scheduler, "during", kAtNoon);
  set(scheduler, "other", kAtNoon);
  ASSERT_TRUE(learned("before") && learned("during") && learned("other"));
  ASSERT_TRUE(a_round_has_passed(scheduler));
  scheduler.remove_job("before");
  scheduler.remove_job("never there");
  store->take_away("during");
  store->take_away("other");
  clock.set(kNoon);
  ASSERT_TRUE(until([&] { return store->attempts("other") >= 1; }));
  scheduler.remove_job("during");
  store->bring_back();
  ASSERT_TRUE(fired("other"));
  EXPECT_EQ(store->attempts("before"), 0);
  EXPECT_THAT(store->dues("during"), IsEmpty());
  set(scheduler, "before", "1 12 * * *");
  ASSERT_TRUE(learned("before", 2));
  clock.set(kNoon + kMinute);
  EXPECT_TRUE(fired("before")) << "a job may come back";
}

TEST_F(SchedulerTest, StoppingWaitsForAFiringThatIsUnderWay) {
  Scheduler& scheduler = started();
  set(scheduler, "job", kAtNoon);
  ASSERT_TRUE(learned("job"));
  ASSERT_TRUE(a_round_has_passed(scheduler));
  const auto gate = std::make_shared<Gate>();
  store->hold_next("job", gate);
  clock.set(kNoon);
  ASSERT_TRUE(until([&] { return store->attempts("job") == 1; }));
  auto stopped = boost::asio::co_spawn(loop.context(), scheduler.stop(), boost::asio::use_future);
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  gate->open();
  ASSERT_EQ(stopped.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_THAT(store->dues("job"), ElementsAre(kNoon));
}

TEST_F(SchedulerTest, StoppingDoesNotWaitForAStoreThatIsAway) {
  Scheduler& scheduler = started();
  set(scheduler, "job", kAtNoon);
  ASSERT_TRUE(learned("job"));
  store->take_away();
  clock.set(kNoon);
  ASSERT_TRUE(until([&] { return store->attempts("job") >= 1; }));
  loop.run(scheduler.stop(), std::chrono::seconds(30));
  EXPECT_THAT(store->dues("job"), IsEmpty());
  // Another node, or this one after its restart, takes it up.
  store->bring_back();
  set(started(), "job", kAtNoon);
  EXPECT_TRUE(fired("job"));
}

TEST_F(SchedulerTest, StoppingTwiceOrWithoutAStartIsNothing) {
  Scheduler& never = node();
  set(never, "job", kAtNoon);
  loop.run(never.stop());
  Scheduler& twice = started();
  loop.run(twice.stop());
  loop.run(twice.stop());
  EXPECT_EQ(store->reads("job"), 0);
}

}  // namespace
}  // namespace flotilla::cluster
