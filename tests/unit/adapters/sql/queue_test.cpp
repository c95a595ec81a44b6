#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <future>

#include "base/error.hpp"
#include "unit/adapters/sql/support.hpp"

namespace flotilla::sql::test {
namespace {

using cluster::Priority;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Millis kLease{10'000};

class SqlQueueTest : public testing::Test {
 protected:
  std::vector<bool> publish(std::vector<QueueMessage> messages) {
    return world.loop.run(queue.publish(std::move(messages)));
  }
  std::vector<Delivery> claim(std::size_t max = 10, Millis wait = Millis(0)) {
    return world.loop.run(queue.claim("main.work", max, kLease, wait));
  }
  std::vector<std::string> claim_ids(std::size_t max = 10) {
    std::vector<std::string> ids;
    for (const Delivery& delivery : claim(max)) ids.push_back(delivery.message.id);
    return ids;
  }
  template <class Outcome>
  void settle(const Delivery& delivery, Outcome outcome) {
    world.loop.run(queue.settle({Settlement{delivery.message.channel, delivery.receipt, outcome}}));
  }
  cluster::QueueBackend::DeadLetterPage dead() {
    return world.loop.run(queue.dead_letters("main.work", 0, 100));
  }

  World world;
  SqlQueue queue{*world.database, {}, world.clock};
};

TEST_F(SqlQueueTest, KeepsEverythingAboutAMessage) {
  QueueMessage sent = message("a");
  sent.options = {.timeout = Millis(1'234),
                  .max_retries = 7,
                  .delay = Millis(50),
                  .priority = Priority::high,
                  .dedup_key = "k\"ey"};
  sent.published_at = UnixMs(Millis(1'699'999'999'999));
  EXPECT_THAT(publish({sent}), ElementsAre(true));
  world.clock.advance(Millis(50));
  const std::vector<Delivery> got = claim();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].message.body, sent.body);
  EXPECT_EQ(got[0].message.channel, "main.work");
  EXPECT_EQ(got[0].message.options.timeout, Millis(1'234));
  EXPECT_EQ(got[0].message.options.max_retries, 7);
  EXPECT_EQ(got[0].message.options.delay, Millis(50));
  EXPECT_EQ(got[0].message.options.priority, Priority::high);
  EXPECT_EQ(got[0].message.options.dedup_key, "k\"ey");
  EXPECT_EQ(got[0].message.published_at, sent.published_at);
  EXPECT_EQ(got[0].retried, 0);
  EXPECT_EQ(got[0].abandoned, 0);
}

TEST_F(SqlQueueTest, RefusesWhatNoDatabaseCouldKeepAndNothingOfTheCallIsKept) {
  auto expect_refused = [&](QueueMessage bad) {
    try {
      publish({message("good"), bad});
      ADD_FAILURE() << "taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400) << error.what();
    }
    EXPECT_THAT(claim(), IsEmpty());
  };
  expect_refused(message(""));
  expect_refused(message(std::string(201, 'x')));
  expect_refused(message("a", ""));
  expect_refused(message("a", std::string(513, 'x')));
  expect_refused(message("a", std::string("a\0b", 3)));
  QueueMessage bad = message("a");
  bad.options.dedup_key = std::string(201, 'x');
  expect_refused(bad);
  bad = message("a");
  bad.body = std::string(cluster::kMessageBytesMax + 1, '1');
  expect_refused(bad);
  bad.body.pop_back();
  EXPECT_THAT(publish({bad}), ElementsAre(true));
}

TEST_F(SqlQueueTest, GivesHighBeforeNormalBeforeLowAndEachInTheOrderOfPublishing) {
  auto of = [](std::string id, Priority priority) {
    QueueMessage made = message(std::move(id));
    made.options.priority = priority;
    return made;
  };
  publish({of("n1", Priority::normal), of("l1", Priority::low), of("h1", Priority::high)});
  publish({of("n2", Priority::normal), of("h2", Priority::high), of("l2", Priority::low)});
  EXPECT_THAT(claim_ids(4), ElementsAre("h1", "h2", "n1", "n2"));
  EXPECT_THAT(claim_ids(4), ElementsAre("l1", "l2"));
}

TEST_F(SqlQueueTest, AFullBatchOfManyStatementsIsTakenAndOrdered) {
  std::vector<QueueMessage> many;
  std::vector<std::string> ids;
  for (int i = 0; i < 77; ++i) many.push_back(message(ids.emplace_back("m" + std::to_string(i))));
  EXPECT_EQ(publish(many), std::vector<bool>(77, true));
  EXPECT_EQ(claim_ids(200), ids);
}

TEST_F(SqlQueueTest, AnIdThatIsThereIsLeftOutAlsoWithinOneCall) {
  publish({message("a")});
  EXPECT_THAT(publish({message("b"), message("a"), message("b")}), ElementsAre(true, false, false));
  EXPECT_THAT(claim_ids(), ElementsAre("a", "b"));
}

TEST_F(SqlQueueTest, ADelayedMessageWaitsForItsTimeAndThenKeepsItsPlaceInLine) {
  QueueMessage later = message("later");
  later.options.delay = Millis(5'000);
  publish({later});
  EXPECT_THAT(claim_ids(), IsEmpty());
  world.clock.advance(Millis(4'999));
  EXPECT_THAT(claim_ids(), IsEmpty());
  world.clock.advance(Millis(1));
  publish({message("new")});
  world.clock.advance(Millis(1));
  EXPECT_THAT(claim_ids(), ElementsAre("later", "new"));
}

TEST_F(SqlQueueTest, AKeyKeepsASecondMessageAwayWhileTheFirstLivesAndForTheWindow) {
  auto keyed = [](std::string id, std::string channel = "main.work") {
    QueueMessage made = message(std::move(id), std::move(channel));
    made.options.dedup_key = "key";
    return made;
  };
  EXPECT_THAT(publish({keyed("a"), keyed("b"), keyed("c", "main.other")}), ElementsAre(true, false, true));
  const std::vector<Delivery> a = claim();
  settle(a.at(0), Settlement::Done{});
  EXPECT_THAT(publish({keyed("d")}), ElementsAre(false)) << "done, but still within the window";
  world.clock.advance(cluster::kDedupWindow);
  EXPECT_THAT(publish({keyed("e")}), ElementsAre(true));
  world.clock.advance(cluster::kDedupWindow * 2);
  EXPECT_THAT(publish({keyed("f")}), ElementsAre(false)) << "the window is over, but it still waits";
}

TEST_F(SqlQueueTest, KeysThatKeepNothingAwayAreForgotten) {
  std::vector<QueueMessage> keyed;
  for (int i = 0; i < 20; ++i) {
    keyed.push_back(message("k" + std::to_string(i)));
    keyed.back().options.dedup_key = "key" + std::to_string(i);
  }
  publish(keyed);
  for (const Delivery& delivery : claim(19)) settle(delivery, Settlement::Done{});
  world.clock.advance(cluster::kDedupWindow);
  SqlQueue restarted(*world.database, {}, world.clock);
  QueueMessage next = message("next");
  next.options.dedup_key = "next";
  world.loop.run(restarted.publish({next}));
  EXPECT_EQ(world.count("flotilla_queue_keys"), 2) << "that of the message that still waits, and the new one";
}

TEST_F(SqlQueueTest, ALapsedDeliveryGoesToSomebodyElseAndItsReceiptIsVoid) {
  publish({message("a")});
  const Delivery first = claim().at(0);
  world.clock.advance(kLease - Millis(1));
  EXPECT_THAT(claim(), IsEmpty());
  world.clock.advance(Millis(1));
  settle(first, Settlement::Done{});
  const Delivery second = claim().at(0);
  EXPECT_EQ(second.abandoned, 1);
  EXPECT_EQ(second.retried, 0);
  EXPECT_NE(first.receipt, second.receipt);
  for (int i = 0; i < 2; ++i) {
    settle(first, Settlement::Done{});
    settle(first, Settlement::Retry{});
    settle(first, Settlement::Dead{"late"});
  }
  EXPECT_THAT(world.loop.run(queue.renew("main.work", {first.receipt, second.receipt, "nonsense"}, kLease)),
              ElementsAre(false, true, false));
  settle(second, Settlement::Done{});
  world.clock.advance(kLease * 100);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(dead().total, 0);
}

TEST_F(SqlQueueTest, RenewingProlongsALease) {
  publish({message("a")});
  const Delivery delivery = claim().at(0);
  for (int i = 0; i < 5; ++i) {
    world.clock.advance(kLease - Millis(1));
    EXPECT_THAT(world.loop.run(queue.renew("main.work", {delivery.receipt}, kLease)), ElementsAre(true));
  }
  EXPECT_THAT(claim(), IsEmpty());
  world.clock.advance(kLease);
  EXPECT_THAT(world.loop.run(queue.renew("main.work", {delivery.receipt}, kLease)), ElementsAre(false))
      << "lapsed, even though nobody took it yet";
}

TEST_F(SqlQueueTest, AMessageThatKillsItsConsumersIsDeadAfterTheLimit) {
  publish({message("poison"), message("good")});
  for (int i = 0; i <= cluster::kAbandonedMax; ++i) {
    const std::vector<Delivery> got = claim(1);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].message.id, "poison") << "it keeps its place in line";
    EXPECT_EQ(got[0].abandoned, i);
    world.clock.advance(kLease);
  }
  EXPECT_THAT(claim_ids(), ElementsAre("good"));
  const auto page = dead();
  ASSERT_EQ(page.letters.size(), 1u);
  EXPECT_EQ(page.letters[0].message.id, "poison");
  EXPECT_THAT(page.letters[0].reason, testing::HasSubstr("11 consumers"));
}

TEST_F(SqlQueueTest, ARetryWaitsCountsAndDoesNotPromiseTheOldReceipt) {
  publish({message("a")});
  const Delivery first = claim().at(0);
  settle(first, Settlement::Retry{Millis(2'000)});
  settle(first, Settlement::Done{});
  EXPECT_THAT(claim(), IsEmpty());
  world.clock.advance(Millis(2'000));
  const Delivery second = claim().at(0);
  EXPECT_EQ(second.retried, 1);
  settle(second, Settlement::Retry{});
  EXPECT_EQ(claim().at(0).retried, 2) << "at once";
}

TEST_F(SqlQueueTest, DeadLettersAreListedOldestFirstAndReplayedOnce) {
  publish({message("a"), message("b"), message("c", "main.other")});
  for (const Delivery& delivery : claim()) settle(delivery, Settlement::Dead{"no " + delivery.message.id});
  world.clock.advance(Millis(5));
  auto page = world.loop.run(queue.dead_letters("main.work", 1, 1));
  EXPECT_EQ(page.total, 2);
  ASSERT_EQ(page.letters.size(), 1u);
  EXPECT_EQ(page.letters[0].message.id, "b");
  EXPECT_EQ(page.letters[0].reason, "no b");
  EXPECT_EQ(page.letters[0].died_at, world.clock.now() - Millis(5));

  EXPECT_EQ(world.loop.run(queue.replay("main.work", {"b", "unknown"})), 1);
  EXPECT_EQ(world.loop.run(queue.replay("main.work", {"b"})), 0);
  const Delivery again = claim().at(0);
  EXPECT_EQ(again.message.id, "b");
  EXPECT_EQ(again.retried, 0);
  EXPECT_EQ(world.loop.run(queue.replay("main.work", {})), 1);
  EXPECT_THAT(claim_ids(), ElementsAre("a"));
  EXPECT_EQ(dead().total, 0);
}

TEST_F(SqlQueueTest, AReceiptFromBeforeDeathIsVoidAfterTheReplay) {
  publish({message("a")});
  const Delivery before = claim().at(0);
  settle(before, Settlement::Dead{"bad"});
  world.loop.run(queue.replay("main.work", {}));
  const Delivery after = claim().at(0);
  EXPECT_NE(before.receipt, after.receipt);
  settle(before, Settlement::Done{});
  EXPECT_THAT(world.loop.run(queue.renew("main.work", {after.receipt}, kLease)), ElementsAre(true));
}

TEST_F(SqlQueueTest, AThousandDeadLettersAreReplayedAtOnce) {
  std::vector<QueueMessage> many;
  for (int i = 0; i < 1'100; ++i) many.push_back(message("m" + std::to_string(i)));
  publish(many);
  for (std::size_t got = 0; got < many.size();) {
    std::vector<Settlement> ends;
    for (const Delivery& delivery : claim(256))
      ends.push_back({"main.work", delivery.receipt, Settlement::Dead{"x"}});
    ASSERT_FALSE(ends.empty());
    got += ends.size();
    world.loop.run(queue.settle(ends));
  }
  EXPECT_EQ(dead().total, 1'100);
  EXPECT_EQ(world.loop.run(queue.replay("main.work", {})), 1'100);
  EXPECT_EQ(dead().total, 0);
  EXPECT_EQ(claim_ids(1).at(0), "m0");
}

TEST_F(SqlQueueTest, PublishedInATransactionMeansKeptWhenItIsCommittedAndOnlyThen) {
  auto rolled_back = [&](data::Session& session) -> Task<void> {
    EXPECT_TRUE(co_await queue.publish_in(session, message("never")));
    throw std::runtime_error("no");
  };
  EXPECT_THROW(world.write(rolled_back), std::runtime_error);
  EXPECT_THAT(claim(), IsEmpty());
  auto committed = [&](data::Session& session) -> Task<void> {
    EXPECT_TRUE(co_await queue.publish_in(session, message("a")));
    EXPECT_FALSE(co_await queue.publish_in(session, message("a")));
  };
  world.write(committed);
  EXPECT_THAT(claim_ids(), ElementsAre("a"));
}

TEST_F(SqlQueueTest, LookingAtAnEmptyOrBusyQueueWritesNothing) {
  QueueMessage later = message("later");
  later.options.delay = Millis(60'000);
  publish({later, message("taken")});
  ASSERT_EQ(claim().size(), 1u);
  const int before = world.commits;
  for (int i = 0; i < 50; ++i) EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(world.commits, before);
}

TEST_F(SqlQueueTest, AWaitingClaimIsWokenByAPublisherOfItsProcess) {
  SqlQueue patient(*world.database, {.poll = Millis(600'000)}, world.clock);
  auto waiting = boost::asio::co_spawn(
      world.loop.context(), patient.claim("main.work", 1, kLease, Millis(600'000)), boost::asio::use_future);
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  world.loop.run(patient.publish({message("a")}));
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(waiting.get().at(0).message.id, "a");
}

TEST_F(SqlQueueTest, AWaitingClaimFindsWhatAnotherProcessPublished) {
  auto other_file = world.open();
  SqlQueue other(*other_file, {}, world.clock);
  auto waiting = boost::asio::co_spawn(
      world.loop.context(), queue.claim("main.work", 1, kLease, Millis(600'000)), boost::asio::use_future);
  world.loop.run(other.publish({message("a")}));
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(waiting.get().at(0).message.id, "a");
}

TEST_F(SqlQueueTest, ToldByAnotherProcessAWaitingClaimLooksAtOnce) {
  std::promise<std::string> told;
  auto other_file = world.open();
  SqlQueue other(*other_file, {.tell = [&](const std::string& channel) { told.set_value(channel); }},
                 world.clock);
  for (const char* heard : {"main.work", ""}) {
    std::function<void(const std::string&)> hear;
    Listen listen = [&](const std::string&, auto what) -> std::shared_ptr<void> {
      hear = what;
      return std::make_shared<int>();
    };
    SqlQueue patient(*world.database, {.listen = listen, .poll_listening = Millis(600'000)}, world.clock);
    ASSERT_TRUE(hear);
    auto waiting =
        boost::asio::co_spawn(world.loop.context(), patient.claim("main.work", 1, kLease, Millis(600'000)),
                              boost::asio::use_future);
    told = {};
    world.loop.run(other.publish({message(std::string("m") + heard)}));
    EXPECT_EQ(told.get_future().get(), "main.work");
    // The claim may not have begun to wait yet: heard until it answers.
    EXPECT_TRUE(eventually([&] {
      hear(heard);
      return waiting.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    }));
    EXPECT_EQ(waiting.get().size(), 1u);
  }
}

TEST_F(SqlQueueTest, AWaitingClaimComesBackEmptyWhenItsTimeIsOver) {
  EXPECT_THAT(claim(1, Millis(30)), IsEmpty());
}

TEST_F(SqlQueueTest, WhatWasTakenBeforeTheClockWasSetBackIsNotLostForThatLong) {
  publish({message("a")});
  ASSERT_EQ(claim().size(), 1u);
  world.clock.advance(-std::chrono::hours(1));
  EXPECT_THAT(claim_ids(), ElementsAre("a"));
}

TEST_F(SqlQueueTest, ReadyMessagesAreNotHeldUpByAClockThatWasSetBack) {
  publish({message("a")});
  world.clock.advance(-std::chrono::hours(1));
  EXPECT_THAT(claim_ids(), ElementsAre("a"));
}

TEST_F(SqlQueueTest, SeveralConsumersShareTheMessagesAndNoneIsGivenTwice) {
  auto second_file = world.open();
  SqlQueue second(*second_file, {}, world.clock);
  std::vector<QueueMessage> many;
  for (int i = 0; i < 500; ++i) many.push_back(message("m" + std::to_string(i)));
  publish(many);
  std::atomic<int> got{0};
  auto consume = [&](SqlQueue& from) -> Task<std::vector<std::string>> {
    std::vector<std::string> ids;
    while (got < 500) {
      for (const Delivery& delivery : co_await from.claim("main.work", 7, kLease, Millis(5))) {
        ids.push_back(delivery.message.id);
        ++got;
      }
    }
    co_return ids;
  };
  Loop loops[3];
  std::vector<std::future<std::vector<std::string>>> runs;
  for (Loop& loop : loops)
    runs.push_back(boost::asio::co_spawn(loop.context(), consume(&loop == loops ? second : queue),
                                         boost::asio::use_future));
  std::vector<std::string> all;
  for (auto& run : runs) {
    ASSERT_EQ(run.wait_for(std::chrono::seconds(60)), std::future_status::ready);
    for (std::string& id : run.get()) all.push_back(std::move(id));
  }
  EXPECT_EQ(all.size(), 500u);
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

}  // namespace
}  // namespace flotilla::sql::test
