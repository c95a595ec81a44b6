#include "api/admission/admission.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <queue>
#include <random>
#include <set>

namespace flotilla::api {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = Admission::Time;
using Verdict = Admission::Verdict;

Time at(double ms) { return Time{} + seconds(1'000) + microseconds(static_cast<std::int64_t>(ms * 1'000)); }

Admission::Options places(int count, std::size_t waiting = 1'000) {
  Admission::Options options;
  options.limit.min = options.limit.max = count;
  options.waiting_max = waiting;
  return options;
}

TEST(LimitControl, StaysAtItsMostWhileNothingWaits) {
  LimitControl control({.min = 4, .max = 1'000});
  for (int i = 0; i < 100; ++i) control.update(milliseconds(1), 500, false);
  EXPECT_EQ(control.limit(), 1'000);
}

void late(LimitControl& control, std::chrono::nanoseconds delay, int most) {
  for (int i = 0; i < LimitControl::kLateIntervals; ++i) control.update(delay, most, true);
}

TEST(LimitControl, OneLateIntervalIsNothing) {
  LimitControl control({.min = 4, .max = 1'000});
  for (int i = 0; i < 100; ++i)
    control.update(i % LimitControl::kLateIntervals ? seconds(1) : seconds(0), 8, false);
  EXPECT_EQ(control.limit(), 1'000);
}

TEST(LimitControl, FallsToWhatIsUsedAndFurtherWhileRequestsWait) {
  LimitControl control({.min = 4, .max = 1'000});
  late(control, milliseconds(40), 200);
  EXPECT_LE(control.limit(), 190);
  const int before = control.limit();
  late(control, milliseconds(40), before);
  EXPECT_LT(control.limit(), before);
  for (int i = 0; i < 100; ++i) control.update(seconds(5), control.limit(), true);
  EXPECT_EQ(control.limit(), 4);
}

TEST(LimitControl, RisesAgainWhenTheyDoNot) {
  LimitControl control({.min = 4, .max = 1'000});
  for (int i = 0; i < 50; ++i) late(control, seconds(1), control.limit());
  for (int i = 0; i < 200; ++i) control.update(milliseconds(1), control.limit(), true);
  EXPECT_EQ(control.limit(), 1'000);
}

TEST(Admission, BeginsAtOnceUpToItsLimit) {
  Admission admission(places(8));
  for (Admission::FlowKey flow = 1; flow <= 8; ++flow)
    EXPECT_EQ(admission.enter(flow, 1, at(0)).verdict, Verdict::begin);
  EXPECT_EQ(admission.enter(9, 1, at(0)).verdict, Verdict::wait);
  EXPECT_EQ(admission.running(), 8);
  EXPECT_EQ(admission.waiting(), 1u);
  EXPECT_TRUE(admission.begin_next(at(1)).empty());
}

TEST(Admission, OneFlowLeavesAFourthToOthers) {
  Admission admission(places(8));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(admission.enter(1, 1, at(0)).verdict, Verdict::begin);
  EXPECT_EQ(admission.enter(1, 1, at(0)).verdict, Verdict::wait);
  EXPECT_TRUE(admission.begin_next(at(0)).empty());
  const Admission::Entered other = admission.enter(2, 1, at(0));
  EXPECT_EQ(other.verdict, Verdict::wait);  // behind those that wait, but only until it is asked
  const auto begun = admission.begin_next(at(0));
  ASSERT_EQ(begun.size(), 1u);
  EXPECT_EQ(begun[0].ticket, other.ticket);
}

TEST(Admission, TheNextIsOfTheFlowThatHadTheLeast) {
  Admission admission(places(4));
  std::vector<Admission::Running> running;
  for (Admission::FlowKey flow : {1, 1, 1, 3}) running.push_back(admission.enter(flow, 1, at(0)).running);
  std::map<Admission::Ticket, int> owner;
  for (int i = 0; i < 10; ++i) owner[admission.enter(1, 1, at(0)).ticket] = 1;
  owner[admission.enter(2, 1, at(0)).ticket] = 2;
  owner[admission.enter(2, 1, at(0)).ticket] = 2;
  std::vector<int> order;
  for (int i = 0; i < 4; ++i) {
    admission.leave(running[static_cast<std::size_t>(i)], at(5));
    for (const auto& begun : admission.begin_next(at(5))) order.push_back(owner[begun.ticket]);
  }
  EXPECT_EQ(std::ranges::count(order, 2), 2) << "both of the light flow are among the first four";
}

TEST(Admission, WhoseRequestsLastLongerBeginsFewer) {
  Admission admission(places(4));
  struct One {
    Time ends;
    Admission::Running running;
    bool operator<(const One& other) const { return ends > other.ends; }
  };
  Time now = at(0);
  std::priority_queue<One> running;
  std::map<Admission::FlowKey, int> begun, waiting;
  std::map<Admission::Ticket, Admission::FlowKey> owner;
  auto take = [&](const Admission::Running& one) {
    running.push({now + (one.flow == 1 ? milliseconds(50) : milliseconds(5)), one});
  };
  for (int step = 0; step < 4'000; ++step) {
    for (Admission::FlowKey flow : {1, 2}) {
      if (waiting[flow] >= 10) continue;
      const Admission::Entered entered = admission.enter(flow, 1, now);
      if (entered.verdict == Verdict::begin) {
        take(entered.running);
      } else {
        owner[entered.ticket] = flow;
        ++waiting[flow];
      }
    }
    now = running.top().ends;
    admission.leave(running.top().running, now);
    running.pop();
    for (const auto& next : admission.begin_next(now)) {
      ++begun[owner[next.ticket]];
      --waiting[owner[next.ticket]];
      take(next.running);
    }
  }
  // With equal shares of the time the flow of the short ones has ten times as many.
  EXPECT_GT(begun[2], begun[1] * 7) << begun[1] << " and " << begun[2];
  EXPECT_LT(begun[2], begun[1] * 14) << begun[1] << " and " << begun[2];
}

TEST(Admission, AFullLineGivesUpTheNewestOfTheLongest) {
  Admission admission(places(4, 4));
  for (Admission::FlowKey flow : {7, 7, 7, 8}) admission.enter(flow, 1, at(0));
  std::vector<Admission::Ticket> heavy;
  for (int i = 0; i < 4; ++i) heavy.push_back(admission.enter(1, 1, at(0)).ticket);
  EXPECT_EQ(admission.enter(1, 1, at(0)).verdict, Verdict::refuse);
  const Admission::Entered light = admission.enter(2, 1, at(0));
  EXPECT_EQ(light.verdict, Verdict::wait);
  EXPECT_EQ(light.given_up, std::vector{heavy.back()});
  EXPECT_EQ(admission.waiting(), 4u);
}

TEST(Admission, ABurstMayWaitAnIntervalAStandingLineOnlyTheTarget) {
  Admission admission(places(1));
  admission.enter(1, 1, at(0));
  const Admission::Ticket first = admission.enter(2, 1, at(0)).ticket;
  EXPECT_TRUE(admission.expire(at(99)).empty());
  EXPECT_EQ(admission.expire(at(101)), std::vector{first});
  EXPECT_EQ(admission.waiting(), 0u);

  for (int ms = 0; ms <= 200; ms += 10) {
    admission.enter(2, 1, at(200 + ms));
    admission.expire(at(200 + ms));
  }
  EXPECT_EQ(admission.patience(at(400)), milliseconds(20));
}

TEST(Admission, SlowRequestsMakeItWaitLonger) {
  Admission admission(places(1));
  for (int i = 0; i < 400; ++i) {
    const Admission::Entered one = admission.enter(1, 1, at(i * 1'000.0));
    admission.leave(one.running, at(i * 1'000.0 + 500));
  }
  EXPECT_GT(admission.patience(at(1e6)), milliseconds(400));
}

TEST(Admission, WhoGoesAwayLeavesTheLine) {
  Admission admission(places(1));
  admission.enter(1, 1, at(0));
  const Admission::Ticket ticket = admission.enter(2, 1, at(0)).ticket;
  admission.forget(ticket);
  admission.forget(ticket);
  EXPECT_EQ(admission.waiting(), 0u);
  EXPECT_TRUE(admission.begin_next(at(1)).empty());
}

/// A node in virtual time: requests arrive at random, `servers` of them are served at a time, each for an
/// exponentially distributed time, and what was admitted beyond waits inside, as for a connection to a
/// database.
class Simulation {
 public:
  struct Load {
    Admission::FlowKey flow;
    double per_second;
  };
  struct Result {
    std::map<Admission::FlowKey, int> answered, refused;
    std::vector<double> took_ms;  ///< of the answered, from arrival to answer
    std::size_t most_waiting = 0;

    double p99() {
      std::ranges::sort(took_ms);
      return took_ms.empty() ? 0 : took_ms[took_ms.size() * 99 / 100];
    }
    int total() const {
      int sum = 0;
      for (const auto& [flow, count] : answered) sum += count;
      return sum;
    }
  };

  static constexpr int kServers = 8;
  static constexpr double kServiceMs = 5;
  static constexpr double kCapacity = kServers * 1'000 / kServiceMs;  // a second

  explicit Simulation(unsigned seed) : random_(seed) {}

  /// The first two seconds, in which the limit is found, do not count.
  Result run(const std::vector<Load>& loads, double until_ms) {
    Result result;
    for (const Load& load : loads) arrive_later(load, 0);
    events_.push({100, Event::tick, {}, {}});
    while (!events_.empty() && events_.top().at_ms < until_ms) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at_ms;
      for (const Admission::Ticket gone : admission_.expire(at(now_))) refuse(result, gone);
      if (event.kind == Event::arrival) {
        arrive(result, event.load);
        arrive_later(event.load, now_);
      } else if (event.kind == Event::done) {
        finish(result, event.id);
      } else {
        admission_.adapt(mean_wait(), at(now_));
        events_.push({now_ + 100, Event::tick, {}, {}});
      }
      begin();
      result.most_waiting = std::max(result.most_waiting, admission_.waiting());
    }
    return result;
  }

 private:
  static constexpr double kWarmUpMs = 2'000;
  struct Event {
    double at_ms;
    enum Kind { arrival, done, tick } kind;
    Load load;
    int id;
    bool operator<(const Event& other) const { return at_ms > other.at_ms; }
  };
  struct Request {
    Admission::FlowKey flow;
    double arrived;
    Admission::Running running;
    double admitted = 0;
  };

  double exponential(double mean) { return std::exponential_distribution<double>(1 / mean)(random_); }
  void arrive_later(const Load& load, double from) {
    events_.push({from + exponential(1'000 / load.per_second), Event::arrival, load, {}});
  }
  bool counts() const { return now_ > kWarmUpMs; }

  void arrive(Result& result, const Load& load) {
    const int id = ++ids_;
    const Admission::Entered entered = admission_.enter(load.flow, 1, at(now_));
    requests_[id] = {load.flow, now_, entered.running};
    for (const Admission::Ticket gone : entered.given_up) refuse(result, gone);
    if (entered.verdict == Verdict::begin) return admit(id);
    if (entered.verdict == Verdict::wait) {
      waiting_[entered.ticket] = id;
    } else {
      if (counts()) ++result.refused[load.flow];
      requests_.erase(id);
    }
  }
  void refuse(Result& result, Admission::Ticket ticket) {
    const int id = waiting_.extract(ticket).mapped();
    if (counts()) ++result.refused[requests_[id].flow];
    requests_.erase(id);
  }
  void begin() {
    for (const Admission::Begun& begun : admission_.begin_next(at(now_))) {
      const int id = waiting_.extract(begun.ticket).mapped();
      requests_[id].running = begun.running;
      admit(id);
    }
  }
  void admit(int id) {
    requests_[id].admitted = now_;
    inside_.push(id);
    serve();
  }
  void serve() {
    while (busy_ < kServers && !inside_.empty()) {
      const int id = inside_.front();
      inside_.pop();
      ++busy_;
      waits_ms_ += now_ - requests_[id].admitted;
      ++waits_;
      events_.push({now_ + exponential(kServiceMs), Event::done, {}, id});
    }
  }
  void finish(Result& result, int id) {
    const Request request = requests_.extract(id).mapped();
    --busy_;
    admission_.leave(request.running, at(now_));
    if (counts()) {
      ++result.answered[request.flow];
      result.took_ms.push_back(now_ - request.arrived);
    }
    serve();
  }
  std::chrono::nanoseconds mean_wait() {
    const double mean = waits_ ? waits_ms_ / waits_ : 0;
    waits_ms_ = waits_ = 0;
    return microseconds(static_cast<std::int64_t>(mean * 1'000));
  }

  std::mt19937 random_;
  Admission admission_{Admission::Options{}};
  std::priority_queue<Event> events_;
  std::map<int, Request> requests_;
  std::map<Admission::Ticket, int> waiting_;
  std::queue<int> inside_;
  int busy_ = 0, ids_ = 0;
  double waits_ms_ = 0, waits_ = 0, now_ = 0;
};

std::vector<Simulation::Load> crowd(double per_second) {
  std::vector<Simulation::Load> loads;
  for (Admission::FlowKey flow = 1; flow <= 40; ++flow) loads.push_back({flow, per_second / 40});
  return loads;
}

class OverloadSimulation : public ::testing::TestWithParam<unsigned> {};

TEST_P(OverloadSimulation, AtFourTimesTheLoadTheFullRateIsKeptAndAnswersStaySoon) {
  Simulation::Result normal = Simulation(GetParam()).run(crowd(Simulation::kCapacity * 0.75), 12'000);
  Simulation::Result over = Simulation(GetParam()).run(crowd(Simulation::kCapacity * 4), 12'000);
  EXPECT_TRUE(normal.refused.empty()) << "nothing is refused while everything can be served";
  EXPECT_GT(over.total(), Simulation::kCapacity * 10 * 0.95);
  const double p99 = over.p99(), normally = normal.p99();
  EXPECT_LT(p99, normally * 3);
  EXPECT_LE(over.most_waiting, 1'000u);
}

TEST_P(OverloadSimulation, AHeavyUserDoesNotStarveALightOne) {
  const Simulation::Result result =
      Simulation(GetParam()).run({{1, Simulation::kCapacity * 4}, {2, 50}}, 12'000);
  const auto refused = result.refused.contains(2) ? result.refused.at(2) : 0;
  EXPECT_EQ(refused, 0);
  EXPECT_GT(result.answered.at(2), 400);
  EXPECT_GT(result.refused.at(1), 10'000);
  EXPECT_GT(result.total(), Simulation::kCapacity * 10 * 0.95) << "fairness costs no throughput";
}

INSTANTIATE_TEST_SUITE_P(Seeds, OverloadSimulation, ::testing::Values(1u, 2u, 3u, 4u, 5u));

}  // namespace
}  // namespace flotilla::api
