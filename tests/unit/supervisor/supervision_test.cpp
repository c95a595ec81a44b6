#include "supervisor/supervision.hpp"

#include <gmock/gmock.h>

#include <deque>

namespace flotilla::supervisor {
namespace {

using namespace std::chrono_literals;
using State = Supervision::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A supervision on a clock that the test moves, with what it wants done kept by kind.
struct Bench {
  Timing timing;
  Supervision machine;
  Time now{};
  std::deque<Start> starts;
  std::vector<Tell> tells;
  std::vector<Kill> kills;
  std::vector<Say> says;
  std::vector<RollEnded> rolls;
  int adopted = 0;
  std::optional<int> finished;

  explicit Bench(int slots) : machine(slots, timing, [] { return 0.0; }) { take(machine.begin(now)); }

  void take(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      if (const auto* it = std::get_if<Start>(&step)) starts.push_back(*it);
      if (const auto* it = std::get_if<Tell>(&step)) tells.push_back(*it);
      if (const auto* it = std::get_if<Kill>(&step)) kills.push_back(*it);
      if (const auto* it = std::get_if<Say>(&step)) says.push_back(*it);
      if (const auto* it = std::get_if<RollEnded>(&step)) rolls.push_back(*it);
      if (std::holds_alternative<Adopt>(step)) ++adopted;
      if (const auto* it = std::get_if<Finish>(&step)) finished = it->exit_code;
    }
  }

  /// Moves the clock, ticking whenever the machine asks to be woken.
  void pass(Millis time) {
    const Time until = now + time;
    while (const std::optional<Time> next = machine.wake_at()) {
      if (*next > until) break;
      now = std::max(now, *next);
      take(machine.tick(now));
    }
    now = until;
  }

  void ready(ChildId child) { take(machine.ready(child, now)); }
  void ends(ChildId child, End how = {}) { take(machine.ended(child, how, now)); }
  Start started() {
    EXPECT_FALSE(starts.empty());
    if (starts.empty()) return {};
    const Start first = starts.front();
    starts.pop_front();
    return first;
  }
  /// All slots serve; nothing is left to look at.
  void settle_in() {
    while (!starts.empty()) ready(started().child);
    pass(timing.steady);
    tells.clear();
    says.clear();
  }
  int serving() const {
    int out = 0;
    for (const auto& [id, child] : machine.children())
      out += child.state == State::serving || child.state == State::settling;
    return out;
  }
};

TEST(Supervision, starts_one_process_a_slot) {
  Bench bench(2);
  EXPECT_THAT(bench.starts, ElementsAre(Start{1, 1, Image::current}, Start{2, 2, Image::current}));
  bench.ready(1);
  bench.ends(2, {1, 0});
  bench.starts.clear();
  bench.pass(1s);
  EXPECT_THAT(bench.starts, ElementsAre(Start{3, 2, Image::current}));
}

TEST(Supervision, a_first_start_that_fails_ends_all_with_its_code) {
  Bench bench(2);
  bench.ends(1, {2, 0});
  EXPECT_THAT(bench.tells, ElementsAre(Tell{2, Order::hurry}));
  EXPECT_FALSE(bench.finished);
  bench.ends(2);
  EXPECT_EQ(bench.finished, 2);
  EXPECT_THAT(bench.says.back().text, HasSubstr("the start has failed"));
}

TEST(Supervision, a_crash_is_started_again_and_leaves_the_others_alone) {
  Bench bench(2);
  bench.settle_in();
  bench.ends(2, {0, 9});
  EXPECT_THAT(bench.says.back().text,
              HasSubstr("node 2 was ended by signal 9; it is started again in 200 ms"));
  bench.pass(199ms);
  EXPECT_THAT(bench.starts, IsEmpty());
  bench.pass(1ms);
  EXPECT_EQ(bench.started().slot, 2);
  EXPECT_THAT(bench.tells, IsEmpty());
  EXPECT_EQ(bench.serving(), 1);
}

TEST(Supervision, who_keeps_crashing_waits_longer_each_time_and_it_is_said) {
  Bench bench(2);
  bench.settle_in();
  ChildId child = 2;
  std::vector<Millis> waited;
  for (int i = 0; i < 12; ++i) {
    bench.ends(child, {139, 0});
    const Time from = bench.now;
    while (bench.starts.empty()) bench.pass(100ms);
    waited.push_back(std::chrono::duration_cast<Millis>(bench.now - from));
    child = bench.started().child;
  }
  EXPECT_EQ(waited.front(), 200ms);
  EXPECT_EQ(waited[3], 1600ms);
  EXPECT_EQ(waited.back(), 30s);
  EXPECT_EQ(bench.says[3].tone, Tone::warning);
  EXPECT_EQ(bench.says[4].tone, Tone::error);
  EXPECT_THAT(bench.says[4].text, HasSubstr("node 2 keeps ending: it exited with 139, 5 times in a row"));
  // Served for a while: forgiven.
  bench.ready(child);
  bench.pass(bench.timing.steady);
  bench.ends(child, {139, 0});
  EXPECT_THAT(bench.says.back().text, HasSubstr("in 200 ms"));
}

TEST(Supervision, who_ends_soon_after_it_was_ready_is_not_forgiven) {
  Bench bench(1);
  bench.settle_in();
  ChildId child = 1;
  for (int i = 1; i <= 5; ++i) {
    bench.ends(child, {1, 0});
    bench.pass(30s);
    child = bench.started().child;
    bench.ready(child);
    bench.pass(1s);
  }
  bench.ends(child, {1, 0});
  EXPECT_THAT(bench.says.back().text, HasSubstr("6 times in a row"));
}

TEST(Supervision, who_does_not_get_ready_is_killed_and_counts_as_a_crash) {
  Bench bench(2);
  bench.ready(1);
  bench.starts.clear();
  bench.pass(bench.timing.ready_limit);
  EXPECT_THAT(bench.kills, ElementsAre(Kill{2}));
  bench.ends(2, {0, 9});
  bench.pass(200ms);
  EXPECT_EQ(bench.started().slot, 2);
}

TEST(Supervision, a_reload_replaces_one_by_one_and_never_has_fewer_serving) {
  Bench bench(3);
  bench.settle_in();
  bench.take(bench.machine.roll(Image::current, bench.now));
  for (Slot slot = 1; slot <= 3; ++slot) {
    const Start start = bench.started();
    EXPECT_EQ(start.slot, slot);
    EXPECT_THAT(bench.tells, IsEmpty()) << "nobody leaves before the new one is there";
    bench.pass(5s);
    bench.ready(start.child);
    EXPECT_THAT(bench.tells, IsEmpty());
    bench.pass(bench.timing.settle);
    EXPECT_THAT(bench.tells, ElementsAre(Tell{slot, Order::retire}));
    EXPECT_GE(bench.serving(), 3);
    EXPECT_THAT(bench.starts, IsEmpty()) << "the next waits for this one";
    bench.tells.clear();
    bench.ends(slot);
    EXPECT_GE(bench.serving(), 3);
  }
  EXPECT_THAT(bench.rolls, ElementsAre(RollEnded{true, "3 nodes replaced"}));
  EXPECT_EQ(bench.adopted, 0);
  EXPECT_FALSE(bench.machine.rolling());
}

TEST(Supervision, a_reload_that_fails_leaves_the_old_one) {
  Bench bench(2);
  bench.settle_in();
  bench.take(bench.machine.roll(Image::current, bench.now));
  bench.ends(bench.started().child, {2, 0});
  EXPECT_THAT(bench.rolls,
              ElementsAre(RollEnded{false, "the new node 1 exited with 2; the old one goes on serving"}));
  EXPECT_THAT(bench.tells, IsEmpty());
  EXPECT_EQ(bench.serving(), 2);
  bench.pass(60s);
  EXPECT_THAT(bench.starts, IsEmpty());
}

TEST(Supervision, a_second_roll_beside_the_first_is_refused) {
  Bench bench(2);
  bench.settle_in();
  bench.take(bench.machine.roll(Image::current, bench.now));
  bench.take(bench.machine.roll(Image::next, bench.now));
  EXPECT_THAT(bench.rolls, ElementsAre(RollEnded{false, "nodes are being replaced already"}));
  EXPECT_TRUE(bench.machine.rolling());
}

TEST(Supervision, an_upgrade_is_adopted_when_all_run_it) {
  Bench bench(2);
  bench.settle_in();
  bench.take(bench.machine.roll(Image::next, bench.now));
  for (Slot slot = 1; slot <= 2; ++slot) {
    EXPECT_EQ(bench.adopted, 0);
    const Start start = bench.started();
    EXPECT_EQ(start.image, Image::next);
    bench.ready(start.child);
    bench.pass(bench.timing.settle);
    bench.ends(slot);
  }
  EXPECT_EQ(bench.adopted, 1);
  EXPECT_TRUE(bench.rolls.back().done);
  bench.pass(bench.timing.steady);
  bench.ends(3, {0, 9});
  bench.pass(200ms);
  EXPECT_EQ(bench.started().image, Image::current) << "which is the adopted one";
}

TEST(Supervision, an_upgrade_that_fails_half_way_goes_back) {
  Bench bench(3);
  bench.settle_in();
  bench.take(bench.machine.roll(Image::next, bench.now));
  const Start first = bench.started();
  bench.ready(first.child);
  bench.pass(bench.timing.settle);
  bench.ends(1);
  bench.ends(bench.started().child, {0, 11});
  const Start back = bench.started();
  EXPECT_EQ(back.slot, 1);
  EXPECT_EQ(back.image, Image::current);
  bench.ready(back.child);
  bench.tells.clear();
  bench.pass(bench.timing.settle);
  EXPECT_THAT(bench.tells, ElementsAre(Tell{first.child, Order::retire}));
  EXPECT_GE(bench.serving(), 3);
  bench.ends(first.child);
  EXPECT_EQ(bench.adopted, 0);
  ASSERT_EQ(bench.rolls.size(), 1u);
  EXPECT_FALSE(bench.rolls[0].done);
  EXPECT_THAT(bench.rolls[0].text, HasSubstr("the new node 2 was ended by signal 11; the nodes that had been "
                                             "replaced run the old version again"));
  for (const auto& [id, child] : bench.machine.children()) EXPECT_EQ(child.image, Image::current);
}

TEST(Supervision, a_new_version_that_dies_right_after_it_was_ready_is_not_taken) {
  Bench bench(2);
  bench.settle_in();
  bench.take(bench.machine.roll(Image::next, bench.now));
  const Start first = bench.started();
  bench.ready(first.child);
  bench.pass(bench.timing.settle - 1ms);
  bench.ends(first.child, {0, 6});
  EXPECT_THAT(bench.tells, IsEmpty());
  EXPECT_FALSE(bench.rolls.back().done);
  EXPECT_EQ(bench.serving(), 2);
}

TEST(Supervision, an_old_one_that_crashes_while_its_successor_starts_is_not_started_again) {
  Bench bench(1);
  bench.settle_in();
  bench.take(bench.machine.roll(Image::current, bench.now));
  const Start successor = bench.started();
  bench.ends(1, {0, 9});
  bench.pass(60s);
  EXPECT_THAT(bench.starts, IsEmpty());
  bench.ready(successor.child);
  bench.pass(bench.timing.settle);
  EXPECT_THAT(bench.rolls, ElementsAre(RollEnded{true, "1 nodes replaced"}));
}

TEST(Supervision, stop_tells_everybody_and_finishes_with_0) {
  Bench bench(2);
  bench.settle_in();
  bench.take(bench.machine.stop(bench.now));
  EXPECT_THAT(bench.tells, ElementsAre(Tell{1, Order::stop}, Tell{2, Order::stop}));
  bench.ends(1);
  EXPECT_FALSE(bench.finished);
  bench.ends(2);
  EXPECT_EQ(bench.finished, 0);
  bench.pass(60s);
  EXPECT_THAT(bench.starts, IsEmpty());
}

TEST(Supervision, stop_gives_up_a_roll_and_restarts) {
  Bench bench(2);
  bench.settle_in();
  bench.ends(2, {1, 0});
  bench.take(bench.machine.roll(Image::next, bench.now));
  bench.take(bench.machine.stop(bench.now));
  EXPECT_FALSE(bench.rolls.back().done);
  bench.starts.clear();
  bench.pass(60s);
  EXPECT_THAT(bench.starts, IsEmpty());
}

TEST(Supervision, who_does_not_end_is_killed_and_it_is_no_clean_end) {
  Bench bench(2);
  bench.settle_in();
  bench.take(bench.machine.stop(bench.now));
  bench.ends(1);
  bench.pass(bench.timing.leave_limit - 1ms);
  EXPECT_THAT(bench.kills, IsEmpty());
  bench.pass(1ms);
  EXPECT_THAT(bench.kills, ElementsAre(Kill{2}));
  bench.ends(2, {0, 9});
  EXPECT_EQ(bench.finished, 1);
}

TEST(Supervision, a_second_stop_hurries) {
  Bench bench(1);
  bench.settle_in();
  bench.take(bench.machine.stop(bench.now));
  bench.tells.clear();
  bench.take(bench.machine.stop(bench.now));
  EXPECT_THAT(bench.tells, ElementsAre(Tell{1, Order::hurry}));
  bench.pass(bench.timing.hurried_limit);
  EXPECT_THAT(bench.kills, ElementsAre(Kill{1}));
}

TEST(Supervision, takes_over_what_a_supervisor_before_it_had) {
  Supervision machine(3, {}, [] { return 0.0; });
  const std::vector<Step> steps = machine.resume({{7, 1, true}, {8, 2, false}}, 9, Time{});
  EXPECT_EQ(steps, (std::vector<Step>{Start{9, 3, Image::current}}));
  EXPECT_EQ(machine.children().at(7).state, State::serving);
  EXPECT_EQ(machine.children().at(8).state, State::starting);
}

}  // namespace
}  // namespace flotilla::supervisor
