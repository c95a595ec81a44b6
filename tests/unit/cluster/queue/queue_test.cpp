#include "cluster/queue/queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.hpp"
#include "lib/cpp/loop.hpp"
#include "unit/cluster/queue/fake_backend.hpp"

namespace flotilla::cluster::test {
namespace {

using flotilla::test::Loop;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;
using Settled = FakeBackend::Settled;

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

Task<void> pause(Millis time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

class QueueTest : public testing::Test {
 protected:
  ~QueueTest() override {
    loop.run(queue.stop(Millis{0}));
    loop.run([]() -> Task<void> { co_await pause(Millis{1}); });
  }

  std::optional<std::string> publish(const std::string& text, PublishOptions options = {}) {
    return loop.run(queue.publish("work", Json(text), std::move(options)));
  }
  /// Why publishing is refused.
  std::string refusal(const std::string& channel, PublishOptions options, const std::string& text = "x") {
    try {
      loop.run(queue.publish(channel, Json(text), std::move(options)));
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
      return error.what();
    }
    return "taken";
  }
  void consume(std::function<Task<void>(Json, Attempt)> process, int concurrency = 1) {
    Consumer consumer;
    consumer.process = std::move(process);
    consumer.concurrency = concurrency;
    consumer.interval = 5ms;
    consumer.idle = [this] { return idle.load(); };
    queue.subscribe("work", std::move(consumer));
    queue.start();
  }
  bool settled(std::vector<Settled> wanted) {
    return eventually([&] { return backend->settled().size() >= wanted.size(); }) &&
           backend->settled() == wanted;
  }
  static QueueTiming quick() {
    QueueTiming timing;
    timing.lease = 60ms;
    timing.wait = 20ms;
    timing.retry_min = 1ms;
    timing.retry_max = 2ms;
    return timing;
  }

  Loop loop;
  std::atomic<bool> idle{true};
  std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>();
  Queue queue{loop.executor(), backend, "main", Random::system(), quick()};
};

TEST_F(QueueTest, APublisherNeedNotSubscribe) {
  EXPECT_TRUE(publish("a"));
  EXPECT_EQ(backend->waiting("main.work"), 1u);
}

TEST_F(QueueTest, ChannelsCarryTheApplicationsNameButForSharedOnes) {
  loop.run(queue.publish("work", Json("a"), {}, true));
  EXPECT_EQ(backend->waiting("work"), 1u);
  EXPECT_EQ(queue.whole_channel("work", false), "main.work");
}

TEST_F(QueueTest, ADedupKeyThatIsThereIsNotTakenAgain) {
  PublishOptions keyed;
  keyed.dedup_key = "job";
  EXPECT_TRUE(publish("a", keyed));
  EXPECT_FALSE(publish("b", keyed));
}

TEST_F(QueueTest, RefusalsNameTheOptionItsLimitAndWhatTheyGot) {
  PublishOptions timeout, retries, delay, key;
  timeout.timeout = 0ms;
  retries.max_retries = 1'001;
  delay.delay = 31 * 24h;
  key.dedup_key = "";
  EXPECT_THAT(refusal("work", timeout), HasSubstr("timeout takes 1 to 86400000 ms, got 0"));
  EXPECT_THAT(refusal("work", retries), HasSubstr("maxRetries takes 0 to 1000, got 1001"));
  EXPECT_THAT(refusal("work", delay), HasSubstr("delay takes 0 to 2592000000 ms, got 2678400000"));
  EXPECT_THAT(refusal("work", key), HasSubstr("dedup key takes 1 to 200 bytes, got 0"));
  EXPECT_THAT(refusal("", {}), HasSubstr("channel takes 1 to 200 bytes, got 0 bytes"));
  EXPECT_THAT(refusal("work", {}, std::string(1 << 20, 'x')),
              HasSubstr("message takes at most 1048576 bytes"));
  EXPECT_EQ(backend->waiting("main.work"), 0u);
}

TEST_F(QueueTest, WhatAHandlerDidIsDone) {
  std::vector<std::string> came;
  consume([&](Json message, Attempt attempt) -> Task<void> {
    came.push_back(std::string(message.as_string()) + std::to_string(attempt.retried));
    co_return;
  });
  publish("a");
  publish("b");
  EXPECT_TRUE(settled({{"\"a\"", "done"}, {"\"b\"", "done"}}));
  EXPECT_THAT(came, ElementsAre("a0", "b0"));
}

TEST_F(QueueTest, AFailureIsTriedAgainAndThenADeadLetterWithItsReason) {
  std::vector<int> tries;
  consume([&](Json, Attempt attempt) -> Task<void> {
    tries.push_back(attempt.retried);
    throw std::runtime_error("no paper");
    co_return;
  });
  PublishOptions options;
  options.max_retries = 2;
  publish("a", options);
  EXPECT_TRUE(settled({{"\"a\"", "retry"}, {"\"a\"", "retry"}, {"\"a\"", "dead: no paper"}}));
  EXPECT_THAT(tries, ElementsAre(0, 1, 2));
}

TEST_F(QueueTest, WhateverIsThrownIsAFailure) {
  consume([](Json, Attempt) -> Task<void> {
    throw 42;
    co_return;
  });
  publish("a");
  EXPECT_TRUE(settled({{"\"a\"", "dead: failed with something that is no std::exception"}}));
}

TEST_F(QueueTest, AnAttemptThatTakesTooLongIsCancelledAndHasFailed) {
  std::atomic<bool> cancelled{false};
  consume(
      [&](Json, Attempt attempt) -> Task<void> { cancelled = co_await attempt.cancel.wait(Millis{30'000}); });
  PublishOptions options;
  options.timeout = 20ms;
  publish("a", options);
  EXPECT_TRUE(settled({{"\"a\"", "dead: timed out"}}));
  EXPECT_TRUE(cancelled);
}

TEST_F(QueueTest, NoMoreRunAtATimeThanTheConcurrencyAndNoMoreAreTaken) {
  std::atomic<int> running{0}, most{0};
  consume(
      [&](Json, Attempt) -> Task<void> {
        most = std::max(most.load(), ++running);
        co_await pause(3ms);
        --running;
      },
      3);
  for (int i = 0; i < 20; ++i) publish("m");
  EXPECT_TRUE(eventually([&] { return backend->settled().size() == 20; }));
  EXPECT_EQ(most, 3);
  EXPECT_LE(backend->most_asked(), 3u);
}

TEST_F(QueueTest, WhatIsNotIdleLeavesItsMessagesToOthers) {
  idle = false;
  std::atomic<int> ran{0};
  consume([&](Json, Attempt) -> Task<void> {
    ++ran;
    co_return;
  });
  publish("a");
  EXPECT_TRUE(eventually([&] { return !queue.consumers().empty() && !queue.consumers()[0].idle; }));
  EXPECT_EQ(backend->claims(), 0);
  EXPECT_EQ(backend->waiting("main.work"), 1u);
  idle = true;
  EXPECT_TRUE(settled({{"\"a\"", "done"}}));
}

TEST_F(QueueTest, AnIdleThatThrowsMeansNotNowAndDoesNotEndTheConsumer) {
  Consumer consumer;
  std::atomic<int> asked{0};
  consumer.interval = 2ms;
  consumer.idle = [&]() -> bool {
    if (++asked < 3) throw std::runtime_error("no idea");
    return true;
  };
  consumer.process = [](Json, Attempt) -> Task<void> { co_return; };
  queue.subscribe("work", std::move(consumer));
  queue.start();
  publish("a");
  EXPECT_TRUE(settled({{"\"a\"", "done"}}));
  EXPECT_GE(asked, 3);
}

TEST_F(QueueTest, LeasesOfWhatRunsAreRenewed) {
  std::atomic<bool> go{false};
  consume([&](Json, Attempt attempt) -> Task<void> {
    while (!go && !attempt.cancel.cancelled()) co_await pause(2ms);
  });
  publish("a");
  EXPECT_TRUE(eventually([&] { return backend->renewals() >= 3; }));
  EXPECT_TRUE(backend->settled().empty());
  go = true;
  EXPECT_TRUE(settled({{"\"a\"", "done"}}));
}

TEST_F(QueueTest, ALostLeaseCancelsTheHandlerAndItsEndDoesNotCount) {
  std::atomic<bool> begun{false}, cancelled{false};
  consume([&](Json, Attempt attempt) -> Task<void> {
    begun = true;
    cancelled = co_await attempt.cancel.wait(Millis{30'000});
  });
  publish("a");
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  backend->lapse();
  EXPECT_TRUE(eventually([&] { return cancelled.load(); }));
  publish("b");
  ASSERT_TRUE(eventually([&] { return backend->held() == 1; }));
  EXPECT_TRUE(backend->settled().empty());
}

TEST_F(QueueTest, ABackendThatIsAwayIsLookedForAgain) {
  consume([](Json, Attempt) -> Task<void> { co_return; });
  backend->go_down(true);
  const int before = backend->claims();
  ASSERT_TRUE(eventually([&] { return backend->claims() > before + 1; }));
  EXPECT_THROW(publish("a"), Unavailable);
  backend->go_down(false);
  publish("a");
  EXPECT_TRUE(settled({{"\"a\"", "done"}}));
}

TEST_F(QueueTest, ASettlementWhoseAnswerWasLostIsSentAgain) {
  consume([](Json, Attempt) -> Task<void> { co_return; });
  backend->refuse_settlements(true);
  publish("a");
  ASSERT_TRUE(eventually([&] { return backend->settles() >= 1; }));
  backend->refuse_settlements(false);
  EXPECT_TRUE(settled({{"\"a\"", "done"}}));
}

TEST_F(QueueTest, UnsubscribingWaitsForWhatRunsAndTakesNothingMore) {
  std::atomic<bool> begun{false}, ended{false};
  consume([&](Json, Attempt) -> Task<void> {
    begun = true;
    co_await pause(20ms);
    ended = true;
  });
  publish("a");
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  loop.run(queue.unsubscribe("work"));
  EXPECT_TRUE(ended);
  EXPECT_THAT(backend->settled(), ElementsAre(Settled{"\"a\"", "done"}));
  publish("b");
  EXPECT_EQ(backend->waiting("main.work"), 1u);
  EXPECT_TRUE(queue.consumers().empty());
  consume([](Json, Attempt) -> Task<void> { co_return; });
  EXPECT_TRUE(settled({{"\"a\"", "done"}, {"\"b\"", "done"}}));
}

TEST_F(QueueTest, ASharedChannelIsUnsubscribedUnderItsOwnName) {
  Consumer consumer;
  consumer.shared = true;
  consumer.process = [](Json, Attempt) -> Task<void> { co_return; };
  queue.subscribe("between-applications", std::move(consumer));
  queue.start();
  ASSERT_TRUE(eventually([&] { return backend->claims() > 0; }));
  loop.run(queue.unsubscribe("between-applications"));
  EXPECT_TRUE(queue.consumers().empty());
  loop.run(queue.publish("between-applications", Json("a"), {}, true));
  EXPECT_EQ(backend->waiting("between-applications"), 1u);
}

TEST_F(QueueTest, ASecondSubscriptionOfAChannelIsIgnored) {
  std::atomic<int> first{0}, second{0};
  consume([&](Json, Attempt) -> Task<void> {
    ++first;
    co_return;
  });
  consume([&](Json, Attempt) -> Task<void> {
    ++second;
    co_return;
  });
  publish("a");
  EXPECT_TRUE(settled({{"\"a\"", "done"}}));
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
}

TEST_F(QueueTest, StoppingAsksWhatRunsToCancelAfterTheDeadline) {
  std::atomic<bool> begun{false}, cancelled{false};
  consume([&](Json, Attempt attempt) -> Task<void> {
    begun = true;
    cancelled = co_await attempt.cancel.wait(Millis{30'000});
    throw std::runtime_error("cancelled");
  });
  PublishOptions options;
  options.max_retries = 1;
  publish("a", options);
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  loop.run(queue.stop(5ms));
  EXPECT_TRUE(cancelled);
  EXPECT_THAT(backend->settled(), ElementsAre(Settled{"\"a\"", "retry"}));
}

TEST_F(QueueTest, AHandlerThatIgnoresItsCancellationMayEndAfterTheQueue) {
  auto go = std::make_shared<Cancellation>();
  auto ended = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> begun{false};
  auto stubborn = std::make_unique<Queue>(loop.executor(), backend, "other", Random::system(), quick());
  Consumer consumer;
  consumer.process = [go, ended, &begun](Json, Attempt) -> Task<void> {
    const auto mine = go;
    const auto told = ended;
    begun = true;
    while (!co_await mine->wait(Millis{30'000})) {
    }
    *told = true;
  };
  stubborn->subscribe("work", std::move(consumer));
  stubborn->start();
  loop.run(stubborn->publish("work", Json("a")));
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  loop.run(stubborn->stop(1ms));
  stubborn.reset();
  // Nothing of it is settled: its lease ends and another node takes it.
  EXPECT_TRUE(backend->settled().empty());
  go->cancel();
  EXPECT_TRUE(eventually([&] { return ended->load(); }));
  loop.run([]() -> Task<void> { co_await pause(Millis{5}); });
}

TEST_F(QueueTest, AConsumersLastPollShowsThatItLives) {
  consume([](Json, Attempt) -> Task<void> { co_return; });
  ASSERT_TRUE(eventually([&] { return !queue.consumers().empty(); }));
  const auto first = queue.consumers()[0].last_poll;
  EXPECT_TRUE(eventually([&] { return queue.consumers()[0].last_poll > first; }));
  EXPECT_EQ(queue.consumers()[0].channel, "main.work");
}

}  // namespace
}  // namespace flotilla::cluster::test
