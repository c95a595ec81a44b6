#include "cluster/signal/signals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "lib/cpp/loop.hpp"
#include "runtime/cancellation.hpp"
#include "unit/cluster/signal/fake_log.hpp"

namespace flotilla::cluster::test {
namespace {

using flotilla::test::Loop;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

/// What a subscriber did: texts of messages, "reload".
class Events {
 public:
  void add(std::string what) {
    std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
  }
  std::vector<std::string> all() const {
    std::lock_guard lock(mutex_);
    return all_;
  }
  bool become(const std::vector<std::string>& wanted) const {
    return eventually([&] { return all().size() >= wanted.size(); }) && all() == wanted;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

class SignalsTest : public testing::Test {
 protected:
  ~SignalsTest() override {
    log->hold_back(false);
    loop.run(signals.stop());
  }

  static SignalTiming quick() {
    SignalTiming timing;
    timing.wait = 20ms;
    timing.lease = 200ms;
    timing.backoff_min = 1ms;
    timing.backoff_max = 5ms;
    return timing;
  }
  Signals::Subscriber writing_to(Events& events) {
    Signals::Subscriber out;
    out.handle = [&events](Json message) -> Task<void> {
      events.add(std::string(message.as_string()));
      co_return;
    };
    out.reload = [&events]() -> Task<void> {
      events.add("reload");
      co_return;
    };
    return out;
  }
  std::unique_ptr<SignalSubscription> subscribe(Signals::Subscriber subscriber,
                                                const std::string& channel = "c") {
    return loop.run(signals.subscribe(channel, std::move(subscriber)));
  }
  void publish(const std::string& text, SignalOptions options = {}, const std::string& channel = "c") {
    loop.run(signals.publish(channel, Json(text), options));
  }

  Loop loop;
  std::shared_ptr<FakeLog> log = std::make_shared<FakeLog>();
  Signals signals{loop.executor(), log, "main", "me", quick()};
  Signals other{loop.executor(), log, "main", "other", quick()};
  Events events;
};

TEST_F(SignalsTest, AreHeardInOrderFromTheSubscriptionOn) {
  publish("before");
  auto kept = subscribe(writing_to(events));
  signals.start();
  for (const char* text : {"a", "b", "c"}) publish(text);
  EXPECT_TRUE(events.become({"a", "b", "c"}));
}

TEST_F(SignalsTest, ReachTheNodesThatTheirOptionsName) {
  Events others;
  auto here = subscribe(writing_to(events));
  auto there = loop.run(other.subscribe("c", writing_to(others)));
  signals.start();
  other.start();
  publish("not me", {.skip_self = true});
  publish("only me", {.only_self = true});
  publish("all");
  EXPECT_TRUE(events.become({"only me", "all"}));
  EXPECT_TRUE(others.become({"not me", "all"}));
  loop.run(other.stop());
}

TEST_F(SignalsTest, AChannelIsOfItsApplication) {
  publish("a");
  EXPECT_EQ(signals.whole_channel("c"), "main.c");
  EXPECT_THAT(log->last_body("main.c"), Not(IsEmpty()));
}

TEST_F(SignalsTest, AnEnvelopeHoldsNothingButTheMessageAndWhoSentIt) {
  publish("a");
  EXPECT_THAT(log->last_body("main.c"),
              ::testing::MatchesRegex(R"(\{"publisherId":"me","publishedAt":[0-9]+,"message":"a"\})"));
}

TEST_F(SignalsTest, AHandlerThatFailsStopsNeitherTheNextOneNorTheOthers) {
  Events others;
  Signals::Subscriber bad;
  std::atomic<int> calls{0};
  bad.handle = [&calls](Json) -> Task<void> {
    if (++calls == 1) throw std::runtime_error("no");
    if (calls == 2) throw 42;
    co_return;
  };
  auto first = subscribe(std::move(bad));
  auto second = subscribe(writing_to(others));
  signals.start();
  for (const char* text : {"a", "b", "c"}) publish(text);
  EXPECT_TRUE(others.become({"a", "b", "c"}));
  EXPECT_TRUE(eventually([&] { return calls == 3; }));
}

TEST_F(SignalsTest, ASlowHandlerHoldsUpNobodyElse) {
  Cancellation go;
  Signals::Subscriber slow;
  slow.handle = [go](Json) mutable -> Task<void> {
    while (!co_await go.wait(Millis{30'000})) {
    }
  };
  auto first = subscribe(std::move(slow));
  auto second = subscribe(writing_to(events));
  signals.start();
  publish("a");
  publish("b");
  EXPECT_TRUE(events.become({"a", "b"}));
  go.cancel();
}

TEST_F(SignalsTest, WhatWasPublishedWhileTheLogCouldNotBeReadComesAfterwards) {
  auto kept = subscribe(writing_to(events));
  signals.start();
  publish("a");
  ASSERT_TRUE(events.become({"a"}));
  log->go_down(true);
  EXPECT_THROW(publish("lost"), Unavailable);
  const int reads = log->reads();
  ASSERT_TRUE(eventually([&] { return log->reads() > reads + 2; }));
  log->go_down(false);
  publish("b");
  EXPECT_TRUE(events.become({"a", "b"}));
}

TEST_F(SignalsTest, AGapMeansReloadOnceAndThenWhatFollows) {
  auto kept = subscribe(writing_to(events));
  publish("a");
  publish("b");
  log->trim("main.c");
  publish("c");
  signals.start();
  EXPECT_TRUE(events.become({"reload", "c"}));
  publish("d");
  EXPECT_TRUE(events.become({"reload", "c", "d"}));
}

TEST_F(SignalsTest, AnotherHistoryMeansReloadAndWhatIsNewOnly) {
  auto kept = subscribe(writing_to(events));
  publish("a");
  signals.start();
  ASSERT_TRUE(events.become({"a"}));
  log->go_down(true);
  log->lose_everything("second");
  log->go_down(false);
  ASSERT_TRUE(events.become({"a", "reload"}));
  publish("b");
  EXPECT_TRUE(events.become({"a", "reload", "b"}));
}

TEST_F(SignalsTest, AReloadThatFailsIsTriedAgainBeforeAnythingElse) {
  std::atomic<int> tries{0};
  Signals::Subscriber subscriber = writing_to(events);
  subscriber.reload = [&]() -> Task<void> {
    if (++tries < 3) throw std::runtime_error("the database is busy");
    events.add("reload");
    co_return;
  };
  auto kept = subscribe(std::move(subscriber));
  publish("a");
  log->trim("main.c");
  publish("b");
  signals.start();
  EXPECT_TRUE(events.become({"reload", "b"}));
  EXPECT_EQ(tries, 3);
}

TEST_F(SignalsTest, EqualMessagesWithinTheDebounceAreOneCall) {
  Signals::Subscriber subscriber = writing_to(events);
  subscriber.debounce = 60ms;
  auto kept = subscribe(std::move(subscriber));
  signals.start();
  for (int i = 0; i < 5; ++i) publish("again");
  publish("other");
  ASSERT_TRUE(eventually([&] { return events.all().size() >= 2; }));
  EXPECT_THAT(events.all(), testing::UnorderedElementsAre("again", "other"));
}

TEST_F(SignalsTest, NothingIsHeardAfterTheEndOfASubscription) {
  Events others;
  auto ends = subscribe(writing_to(events));
  auto stays = subscribe(writing_to(others));
  signals.start();
  publish("a");
  ASSERT_TRUE(events.become({"a"}));
  ends.reset();
  publish("b");
  ASSERT_TRUE(others.become({"a", "b"}));
  EXPECT_THAT(events.all(), ElementsAre("a"));
}

TEST_F(SignalsTest, AnOldReadThatEndsAfterANewerOneBringsNothingTwice) {
  auto kept = subscribe(writing_to(events));
  signals.start();
  ASSERT_TRUE(eventually([&] { return log->reads() > 0; }));
  log->hold_back(true);
  publish("a");
  const int reads = log->reads();
  // A new channel makes a new loop, which reads this one as well, and both answers come at once.
  auto another = subscribe(writing_to(events), "d");
  ASSERT_TRUE(eventually([&] { return log->reads() > reads; }));
  publish("b");
  log->hold_back(false);
  publish("c");
  EXPECT_TRUE(events.become({"a", "b", "c"}));
}

TEST_F(SignalsTest, AreFreshWhileTheLogIsHeard) {
  auto kept = subscribe(writing_to(events));
  signals.start();
  EXPECT_TRUE(eventually([&] { return signals.fresh(std::chrono::steady_clock::now()); }));
  log->go_down(true);
  EXPECT_TRUE(eventually([&] { return !signals.fresh(std::chrono::steady_clock::now()); }));
  log->go_down(false);
  EXPECT_TRUE(eventually([&] { return signals.fresh(std::chrono::steady_clock::now()); }));
}

}  // namespace
}  // namespace flotilla::cluster::test
