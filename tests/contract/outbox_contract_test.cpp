// data::Outbox and its relay: what a transaction hands over is sent exactly when it is committed, whatever
// happens to the receiver or to the node.
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>

#include "adapters/sql/sql_outbox.hpp"
#include "adapters/sql/sql_queue.hpp"
#include "base/error.hpp"
#include "cluster/unavailable.hpp"
#include "contract/makers/servers.hpp"
#include "contract/makers/sql_queue.hpp"
#include "contract/until.hpp"

namespace flotilla::contract {
namespace {

using cluster::Millis;
using cluster::QueueMessage;
using cluster::Unavailable;
using testing::ElementsAre;
using testing::IsEmpty;

QueueMessage message(std::string id) {
  QueueMessage made;
  made.body = "{\"of\":\"" + id + "\"}";
  made.id = std::move(id);
  made.channel = "main.work";
  return made;
}

/// Takes messages and signals, and goes wrong when it is told to.
class Receiver {
 public:
  sql::OutboxRoutes routes() {
    sql::OutboxRoutes routes;
    routes.publish = [this](std::vector<QueueMessage> messages) { return publish(std::move(messages)); };
    routes.append = [this](std::string channel, std::string envelope) {
      return append(std::move(channel), std::move(envelope));
    };
    return routes;
  }
  std::vector<std::string> ids() {
    std::lock_guard lock(mutex_);
    return ids_;
  }
  std::vector<std::string> signals(const std::string& channel) {
    std::lock_guard lock(mutex_);
    return signals_[channel];
  }
  std::atomic<int> failures{0};      ///< calls that fail before they took anything
  std::atomic<int> lost_replies{0};  ///< calls that take everything, but the answer is lost

 private:
  static void fail_if(std::atomic<int>& left) {
    if (left > 0 && left-- > 0) throw Unavailable(Unavailable::Why::network, "the receiver", "is away");
  }
  Task<void> publish(std::vector<QueueMessage> messages) {
    fail_if(failures);
    for (const QueueMessage& message : messages)
      if (message.id.starts_with("poison")) throw bad_request("nobody takes this");
    std::lock_guard lock(mutex_);
    // As every queue does: an id that is there is left out.
    for (const QueueMessage& message : messages)
      if (std::ranges::find(ids_, message.id) == ids_.end()) ids_.push_back(message.id);
    fail_if(lost_replies);
    co_return;
  }
  Task<void> append(std::string channel, std::string envelope) {
    fail_if(failures);
    std::lock_guard lock(mutex_);
    signals_[channel].push_back(envelope);
    co_return;
  }

  std::mutex mutex_;
  std::vector<std::string> ids_;
  std::map<std::string, std::vector<std::string>> signals_;
};

using MakeDatabase = std::shared_ptr<data::Database> (*)(test::Loop&, const std::string& app);

struct Adapter {
  const char* name;
  MakeDatabase database;
};

const Adapter kAdapters[] = {
    {"sqlite", sqlite_database},
    {"postgres", [](test::Loop& loop,
                    const std::string& app) { return postgres_database(loop, server("postgres"), app); }},
    {"mariadb", [](test::Loop& loop, const std::string& app) { return sql_database("mariadb", loop, app); }},
};

class OutboxContract : public testing::TestWithParam<Adapter> {
 protected:
  struct Node {
    std::shared_ptr<data::Database> database;
    std::shared_ptr<sql::SqlOutbox> outbox;
  };
  Node node(test::Loop& on, Millis lease = Millis(10'000)) {
    const sql::OutboxTiming timing{
        .lease = lease, .pace = {.poll = Millis(20), .backoff_min = Millis(2), .backoff_max = Millis(50)}};
    Node node;
    node.database = GetParam().database(loop, app);
    node.outbox = std::make_shared<sql::SqlOutbox>(on.executor(), *node.database, receiver.routes(), timing);
    return node;
  }
  Node node() { return node(loop); }

  void write(Node& from, std::vector<std::string> ids, std::vector<std::string> signals = {},
             const std::string& channel = "main.acl") {
    auto work = [&](data::Session& session) -> Task<void> {
      for (const std::string& id : ids) co_await from.outbox->publish(session, message(id));
      for (const std::string& signal : signals) co_await from.outbox->signal(session, channel, signal);
    };
    loop.run(from.database->write(work));
  }
  bool sent(std::size_t messages, std::size_t signals, const std::string& channel = "main.acl") {
    return until(
        [&] { return receiver.ids().size() >= messages && receiver.signals(channel).size() >= signals; });
  }
  void stop(Node& node, test::Loop& on) { on.run(node.outbox->stop()); }
  void stop(Node& node) { stop(node, loop); }

  test::Loop loop;
  Receiver receiver;
  const std::string app = fresh_app();
};

TEST_P(OutboxContract, SendsWhatWasCommitted) {
  Node node = this->node();
  node.outbox->start();
  write(node, {"a", "b"}, {"1", "2"});
  EXPECT_TRUE(sent(2, 2));
  stop(node);
  EXPECT_THAT(receiver.ids(), ElementsAre("a", "b"));
  EXPECT_THAT(receiver.signals("main.acl"), ElementsAre("1", "2"));
}

TEST_P(OutboxContract, NeverSendsWhatWasRolledBack) {
  Node node = this->node();
  node.outbox->start();
  auto rolled_back = [&](data::Session& session) -> Task<void> {
    co_await node.outbox->publish(session, message("never"));
    co_await node.outbox->signal(session, "main.acl", "never");
    throw std::runtime_error("no");
  };
  EXPECT_THROW(loop.run(node.database->write(rolled_back)), std::runtime_error);
  write(node, {"after"}, {"after"});
  EXPECT_TRUE(sent(1, 1));
  stop(node);
  EXPECT_THAT(receiver.ids(), ElementsAre("after"));
  EXPECT_THAT(receiver.signals("main.acl"), ElementsAre("after"));
}

TEST_P(OutboxContract, WhatANodeLeftIsSentByAnotherOne) {
  {
    Node killed = node();
    write(killed, {"a"}, {"1"});
  }
  EXPECT_THAT(receiver.ids(), IsEmpty());
  Node other = node();
  other.outbox->start();
  EXPECT_TRUE(sent(1, 1));
  stop(other);
}

TEST_P(OutboxContract, WaitsForAReceiverThatIsAwayAndKeepsTheOrder) {
  receiver.failures = 8;
  Node node = this->node();
  write(node, {"a"}, {"1"});
  node.outbox->start();
  write(node, {"b"}, {"2"});
  EXPECT_TRUE(sent(2, 2));
  stop(node);
  EXPECT_THAT(receiver.ids(), ElementsAre("a", "b"));
  EXPECT_THAT(receiver.signals("main.acl"), ElementsAre("1", "2"));
}

TEST_P(OutboxContract, SendsAgainWithTheSameIdWhenItDoesNotKnowHowItEnded) {
  receiver.lost_replies = 3;
  Node node = this->node();
  write(node, {"a", "b"});
  node.outbox->start();
  EXPECT_TRUE(until([&] { return node.outbox->counts().sent == 2; }));
  stop(node);
  EXPECT_EQ(receiver.lost_replies, 0);
  EXPECT_THAT(receiver.ids(), ElementsAre("a", "b"));
}

TEST_P(OutboxContract, WhatIsRefusedForGoodBlocksNobody) {
  Node node = this->node();
  write(node, {"a", "poison1", "b", "poison2", "c"}, {"1"});
  node.outbox->start();
  EXPECT_TRUE(sent(3, 1));
  EXPECT_TRUE(until([&] { return node.outbox->counts().refused == 2; }));
  write(node, {"d"});
  EXPECT_TRUE(sent(4, 1));
  stop(node);
  EXPECT_THAT(receiver.ids(), ElementsAre("a", "b", "c", "d"));
}

TEST_P(OutboxContract, SignalsOfOneChannelKeepTheirOrderThroughSeveralRelays) {
  test::Loop loops[3];
  std::vector<Node> nodes;
  for (test::Loop& on : loops) nodes.push_back(node(on));
  for (Node& each : nodes) each.outbox->start();
  std::map<std::string, std::vector<std::string>> expected;
  for (int i = 0; i < 90; ++i) {
    const std::string channel = "main.c" + std::to_string(i % 4);
    expected[channel].push_back(std::to_string(i));
    write(nodes[i % 3], {"m" + std::to_string(i)}, {std::to_string(i)}, channel);
  }
  for (auto& [channel, signals] : expected) EXPECT_TRUE(sent(90, signals.size(), channel)) << channel;
  for (std::size_t i = 0; i < 3; ++i) stop(nodes[i], loops[i]);
  for (auto& [channel, signals] : expected) EXPECT_EQ(receiver.signals(channel), signals) << channel;
  EXPECT_EQ(receiver.ids().size(), 90u);
}

TEST_P(OutboxContract, WritesStraightIntoAQueueOfTheSameDatabase) {
  Node node = this->node();
  sql::SqlQueue queue(*node.database);
  sql::OutboxRoutes routes = receiver.routes();
  routes.publish_in = [&](data::Session& session, QueueMessage message) -> Task<void> {
    co_await queue.publish_in(session, std::move(message));
  };
  node.outbox = std::make_shared<sql::SqlOutbox>(loop.executor(), *node.database, routes);
  auto rolled_back = [&](data::Session& session) -> Task<void> {
    co_await node.outbox->publish(session, message("never"));
    throw std::runtime_error("no");
  };
  EXPECT_THROW(loop.run(node.database->write(rolled_back)), std::runtime_error);
  write(node, {"a"});
  const auto claimed = loop.run(queue.claim("main.work", 9, Millis(10'000), Millis(0)));
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].message.id, "a");
}

INSTANTIATE_TEST_SUITE_P(Adapters, OutboxContract, testing::ValuesIn(kAdapters),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace flotilla::contract
