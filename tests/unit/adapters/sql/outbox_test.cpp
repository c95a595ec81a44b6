#include <gmock/gmock.h>

#include <mutex>

#include "adapters/sql/sql_outbox.hpp"
#include "base/error.hpp"
#include "cluster/unavailable.hpp"
#include "unit/adapters/sql/support.hpp"

namespace flotilla::sql::test {
namespace {

using cluster::Unavailable;
using testing::ElementsAre;
using testing::IsEmpty;

/// Where everything goes, with what may go wrong there.
class Receiver {
 public:
  OutboxRoutes routes() {
    OutboxRoutes routes;
    routes.publish = [this](std::vector<QueueMessage> messages) { return publish(std::move(messages)); };
    routes.append = [this](std::string channel, std::string envelope) {
      return append(std::move(channel), std::move(envelope));
    };
    return routes;
  }
  std::vector<std::string> messages() {
    std::lock_guard lock(mutex_);
    return messages_;
  }
  std::vector<std::string> signals(const std::string& channel) {
    std::lock_guard lock(mutex_);
    return signals_[channel];
  }
  std::atomic<bool> down{false};
  std::atomic<bool> queue_down{false};

 private:
  Task<void> publish(std::vector<QueueMessage> messages) {
    if (down || queue_down) throw Unavailable(Unavailable::Why::network, "the queue", "is down");
    for (const QueueMessage& message : messages)
      if (message.id.starts_with("poison")) throw bad_request("too strange");
    std::lock_guard lock(mutex_);
    for (const QueueMessage& message : messages) messages_.push_back(message.id);
    co_return;
  }
  Task<void> append(std::string channel, std::string envelope) {
    if (down) throw Unavailable(Unavailable::Why::network, "the log", "is down");
    if (envelope.starts_with("poison")) throw bad_request("too strange");
    std::lock_guard lock(mutex_);
    signals_[channel].push_back(envelope);
    co_return;
  }

  std::mutex mutex_;
  std::vector<std::string> messages_;
  std::map<std::string, std::vector<std::string>> signals_;
};

OutboxTiming quick() {
  return {.lease = Millis(10'000),
          .pace = {.poll = Millis(20), .backoff_min = Millis(1), .backoff_max = Millis(20)}};
}

class SqlOutboxTest : public testing::Test {
 protected:
  std::shared_ptr<SqlOutbox> node(OutboxTiming timing = quick()) {
    return std::make_shared<SqlOutbox>(world.loop.executor(), *world.database, receiver.routes(), timing,
                                       Random::system(), world.clock);
  }
  /// One transaction with a message of each id and a signal of each text.
  void write(SqlOutbox& outbox, std::vector<std::string> ids, std::vector<std::string> signals = {}) {
    auto work = [&](data::Session& session) -> Task<void> {
      for (const std::string& id : ids) co_await outbox.publish(session, message(id));
      for (const std::string& signal : signals) co_await outbox.signal(session, "main.acl", signal);
    };
    world.write(work);
  }
  bool empties() {
    return eventually([&] { return world.count("flotilla_outbox") == 0; });
  }

  World world;
  Receiver receiver;
};

TEST_F(SqlOutboxTest, SendsWhatWasCommittedAndNothingThatWasRolledBack) {
  auto outbox = node();
  outbox->start();
  auto rolled_back = [&](data::Session& session) -> Task<void> {
    co_await outbox->publish(session, message("never"));
    co_await outbox->signal(session, "main.acl", "never");
    throw std::runtime_error("no");
  };
  EXPECT_THROW(world.write(rolled_back), std::runtime_error);
  write(*outbox, {"a", "b"}, {"1", "2"});
  EXPECT_TRUE(empties());
  world.loop.run(outbox->stop());
  EXPECT_THAT(receiver.messages(), ElementsAre("a", "b"));
  EXPECT_THAT(receiver.signals("main.acl"), ElementsAre("1", "2"));
  EXPECT_EQ(outbox->counts().sent, 4u);
}

TEST_F(SqlOutboxTest, IsWokenByTheCommitAndDoesNotOnlyPoll) {
  OutboxTiming timing = quick();
  timing.pace.poll = Millis(3'600'000);
  auto outbox = node(timing);
  outbox->start();
  for (int i = 0; i < 5; ++i) {
    write(*outbox, {"m" + std::to_string(i)}, {"s" + std::to_string(i)});
    EXPECT_TRUE(empties()) << i;
  }
  world.loop.run(outbox->stop());
}

TEST_F(SqlOutboxTest, WhatANodeLeftIsSentByTheNextOne) {
  write(*node(), {"a"}, {"1"});
  EXPECT_THAT(receiver.messages(), IsEmpty());
  auto next = node();
  next->start();
  EXPECT_TRUE(empties());
  world.loop.run(next->stop());
  EXPECT_THAT(receiver.messages(), ElementsAre("a"));
  EXPECT_THAT(receiver.signals("main.acl"), ElementsAre("1"));
}

TEST_F(SqlOutboxTest, WaitsWhileTheReceiverIsDownAndKeepsTheOrder) {
  receiver.down = true;
  auto outbox = node();
  outbox->start();
  write(*outbox, {"a"}, {"1"});
  EXPECT_TRUE(eventually([&] { return outbox->counts().failed >= 4; }));
  write(*outbox, {"b"}, {"2"});
  EXPECT_EQ(world.count("flotilla_outbox"), 4);
  receiver.down = false;
  EXPECT_TRUE(empties());
  world.loop.run(outbox->stop());
  EXPECT_THAT(receiver.messages(), ElementsAre("a", "b"));
  EXPECT_THAT(receiver.signals("main.acl"), ElementsAre("1", "2"));
}

TEST_F(SqlOutboxTest, AQueueThatIsDownDoesNotHoldUpSignals) {
  receiver.queue_down = true;
  auto outbox = node();
  outbox->start();
  write(*outbox, {"a"}, {"1"});
  EXPECT_TRUE(eventually([&] { return receiver.signals("main.acl").size() == 1; }));
  receiver.queue_down = false;
  EXPECT_TRUE(empties());
  world.loop.run(outbox->stop());
}

TEST_F(SqlOutboxTest, PutsAsideWhatIsRefusedForGoodAndSendsTheRest) {
  auto outbox = node();
  write(*outbox, {"a", "poison1", "b", "c", "poison2"}, {"1", "poison", "2"});
  outbox->start();
  EXPECT_TRUE(empties());
  world.loop.run(outbox->stop());
  EXPECT_THAT(receiver.messages(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(receiver.signals("main.acl"), ElementsAre("1", "2"));
  EXPECT_EQ(outbox->counts().refused, 3u);
  EXPECT_EQ(world.count("flotilla_outbox_refused"), 3);
  EXPECT_EQ(world.count("flotilla_outbox_refused WHERE reason = 'too strange' AND payload <> ''"), 3);
}

TEST_F(SqlOutboxTest, WhatAVanishedRelayHeldIsSentAfterItsLease) {
  auto vanished = node();
  write(*vanished, {"a"}, {"1"});
  // As a relay leaves it that was killed before, or right after, it sent.
  auto take = [&](data::Session& session) -> Task<void> {
    const std::int64_t until = (world.clock.now().time_since_epoch() + Millis(10'000)).count();
    co_await session.execute(statement("UPDATE flotilla_outbox SET taken_until = ? WHERE kind = 0", {until}));
    co_await session.execute(
        statement("INSERT INTO flotilla_outbox_lanes VALUES ('main.acl', 'vanished', ?)", {until}));
  };
  world.write(take);
  auto outbox = node();
  outbox->start();
  write(*outbox, {"b"}, {"2"});
  EXPECT_TRUE(eventually([&] { return receiver.messages().size() == 1; }));
  EXPECT_THAT(receiver.messages(), ElementsAre("b"));
  EXPECT_THAT(receiver.signals("main.acl"), IsEmpty()) << "a channel keeps its order";
  world.clock.advance(Millis(10'000));
  EXPECT_TRUE(empties());
  world.loop.run(outbox->stop());
  EXPECT_THAT(receiver.messages(), ElementsAre("b", "a"));
  EXPECT_THAT(receiver.signals("main.acl"), ElementsAre("1", "2"));
}

TEST_F(SqlOutboxTest, WhatWasTakenBeforeTheClockWasSetBackDoesNotWaitForThatLong) {
  write(*node(), {"a"}, {"1"});
  auto take = [&](data::Session& session) -> Task<void> {
    const std::int64_t until = (world.clock.now().time_since_epoch() + Millis(10'000)).count();
    co_await session.execute(statement("UPDATE flotilla_outbox SET taken_until = ? WHERE kind = 0", {until}));
    co_await session.execute(
        statement("INSERT INTO flotilla_outbox_lanes VALUES ('main.acl', 'vanished', ?)", {until}));
  };
  world.write(take);
  world.clock.advance(-std::chrono::hours(1));
  auto outbox = node();
  outbox->start();
  EXPECT_TRUE(empties());
  world.loop.run(outbox->stop());
}

TEST_F(SqlOutboxTest, SeveralRelaysSendEverySignalOnceInTheOrderOfItsChannel) {
  std::vector<std::shared_ptr<SqlOutbox>> nodes;
  Loop loops[3];
  for (Loop& loop : loops)
    nodes.push_back(std::make_shared<SqlOutbox>(loop.executor(), *world.database, receiver.routes(), quick(),
                                                Random::system(), world.clock));
  for (auto& outbox : nodes) outbox->start();
  std::vector<std::string> expected_signals, expected_messages;
  for (int i = 0; i < 120; ++i) {
    expected_signals.push_back(std::to_string(i));
    expected_messages.push_back("m" + std::to_string(i));
    write(*nodes[i % 3], {expected_messages.back()}, {expected_signals.back()});
  }
  EXPECT_TRUE(empties());
  for (std::size_t i = 0; i < 3; ++i) loops[i].run(nodes[i]->stop());
  EXPECT_EQ(receiver.signals("main.acl"), expected_signals);
  EXPECT_THAT(receiver.messages(), testing::UnorderedElementsAreArray(expected_messages));
}

TEST_F(SqlOutboxTest, WritesStraightIntoAQueueAndALogOfTheSameDatabase) {
  SqlQueue queue(*world.database, {}, world.clock);
  std::vector<std::string> appended;
  OutboxRoutes routes = receiver.routes();
  routes.publish_in = [&](data::Session& session, QueueMessage message) -> Task<void> {
    co_await queue.publish_in(session, std::move(message));
  };
  routes.append_in = [&](data::Session&, std::string channel, std::string envelope) -> Task<void> {
    appended.push_back(channel + " " + envelope);
    co_return;
  };
  SqlOutbox outbox(world.loop.executor(), *world.database, routes, quick(), Random::system(), world.clock);
  write(outbox, {"a"}, {"1"});
  EXPECT_EQ(world.count("flotilla_outbox"), 0);
  EXPECT_THAT(appended, ElementsAre("main.acl 1"));
  EXPECT_EQ(world.loop.run(queue.claim("main.work", 9, Millis(1'000), Millis(0))).at(0).message.id, "a");
}

TEST_F(SqlOutboxTest, AnIdleRelayWritesNothing) {
  auto outbox = node();
  outbox->start();
  write(*outbox, {"a"}, {"1"});
  EXPECT_TRUE(empties());
  world.loop.run(outbox->stop());
  const int before = world.commits;
  OutboxTiming timing = quick();
  timing.pace.poll = Millis(1);
  auto idle = node(timing);
  idle->start();
  EXPECT_FALSE(eventually([&] { return world.commits > before; }, std::chrono::seconds(1)));
  world.loop.run(idle->stop());
}

}  // namespace
}  // namespace flotilla::sql::test
