// What every QueueBackend promises: see cluster/queue/queue_backend.hpp.
#include <map>
#include <set>

#include "contract/makers/rabbitmq.hpp"
#include "contract/makers/redis_cluster.hpp"
#include "contract/makers/sql_queue.hpp"
#include "contract/queue_nodes.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using cluster::Priority;

class QueueContract : public QueueNodes {};

TEST_P(QueueContract, AMessageComesAsItWasPublished) {
  const auto a = node(), b = node();
  PublishOptions options;
  options.timeout = Millis{1'234};
  options.max_retries = 7;
  options.priority = Priority::high;
  const std::vector<std::string> bodies = {"null", "true", "[1,2]", R"({"a":"ünï€\n\u0000\""})",
                                           "\"" + std::string(900'000, 'x') + "\""};
  for (const std::string& body : bodies) {
    const QueueMessage sent = message(body, options);
    EXPECT_EQ(publish(*a, {sent}), std::vector<bool>{true});
    const std::vector<Delivery> got = claim(*b, 10);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].message.body, body);
    EXPECT_EQ(got[0].message.id, sent.id);
    EXPECT_EQ(got[0].message.channel, sent.channel);
    EXPECT_EQ(got[0].message.options.timeout, options.timeout);
    EXPECT_EQ(got[0].message.options.max_retries, 7);
    EXPECT_EQ(got[0].message.options.priority, Priority::high);
    EXPECT_EQ(got[0].message.published_at, sent.published_at);
    EXPECT_EQ(got[0].retried, 0);
    EXPECT_EQ(got[0].abandoned, 0);
    settle(*b, got[0]);
  }
  EXPECT_TRUE(claim(*b, 10, kLong, Millis{50}).empty());
}

TEST_P(QueueContract, FirstComeFirstServedAndTheHighBandBeforeTheOthers) {
  const auto a = node();
  std::vector<QueueMessage> messages;
  for (const auto& [body, priority] : {std::pair{"l1", Priority::low},
                                       {"n1", Priority::normal},
                                       {"h1", Priority::high},
                                       {"l2", Priority::low},
                                       {"n2", Priority::normal},
                                       {"h2", Priority::high}}) {
    PublishOptions options;
    options.priority = priority;
    messages.push_back(message(body, options));
  }
  publish(*a, messages);
  std::vector<std::string> order;
  for (int i = 0; i < 6; ++i) {
    const std::vector<Delivery> got = claim(*a, 1);
    ASSERT_EQ(got.size(), 1u);
    order.push_back(got[0].message.body);
    settle(*a, got[0]);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"h1", "h2", "n1", "n2", "l1", "l2"}));
}

TEST_P(QueueContract, ADelayedMessageIsNeverEarly) {
  const auto a = node();
  PublishOptions later;
  later.delay = Millis{700};
  const auto begun = std::chrono::steady_clock::now();
  publish(*a, {message("later", later), message("now")});
  const std::vector<Delivery> first = claim(*a, 10);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].message.body, "now");
  const std::vector<Delivery> second = claim(*a, 10);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].message.body, "later");
  // Clocks of a server and of a test may differ by a tick.
  EXPECT_GE(std::chrono::steady_clock::now() - begun, Millis{690});
}

TEST_P(QueueContract, WhatIsNotSettledGoesToSomebodyElseAndTheOldReceiptIsVoid) {
  const auto a = node(), b = node();
  publish(*a, {message("x")});
  const std::vector<Delivery> first = claim(*a, 1, Millis{300});
  ASSERT_EQ(first.size(), 1u);
  const std::vector<Delivery> second = claim(*b, 1);
  ASSERT_EQ(second.size(), 1u) << "the lease did not lapse";
  EXPECT_EQ(second[0].message.id, first[0].message.id);
  EXPECT_EQ(second[0].abandoned, 1);
  EXPECT_EQ(second[0].retried, 0);
  EXPECT_FALSE(renew(*a, first[0], kLong));
  settle(*a, first[0]);
  settle(*a, first[0], Settlement::Dead{"too late"});
  EXPECT_TRUE(renew(*b, second[0], kLong)) << "a void receipt settled it";
  settle(*b, second[0]);
  EXPECT_EQ(dead(*b, 0).total, 0);
}

TEST_P(QueueContract, RenewingKeepsAMessage) {
  const auto a = node(), b = node();
  publish(*a, {message("x")});
  const std::vector<Delivery> held = claim(*a, 1, Millis{2'000});
  ASSERT_EQ(held.size(), 1u);
  EXPECT_TRUE(renew(*a, held[0], kLong));
  EXPECT_TRUE(claim(*b, 1, kLong, Millis{2'500}).empty()) << "given away while it was held";
  settle(*a, held[0]);
  EXPECT_FALSE(renew(*a, held[0], kLong));
}

TEST_P(QueueContract, ARetryWaitsAndCounts) {
  const auto a = node();
  publish(*a, {message("x")});
  std::vector<Delivery> got = claim(*a, 1);
  ASSERT_EQ(got.size(), 1u);
  const auto begun = std::chrono::steady_clock::now();
  settle(*a, got[0], Settlement::Retry{Millis{300}});
  got = claim(*a, 1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, Millis{290});
  EXPECT_EQ(got[0].retried, 1);
  EXPECT_EQ(got[0].abandoned, 0);
  settle(*a, got[0], Settlement::Retry{Millis{0}});
  got = claim(*a, 1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].retried, 2);
  EXPECT_EQ(got[0].message.body, "x");
  settle(*a, got[0]);
}

TEST_P(QueueContract, DeadLettersAreListedAndReplayed) {
  const auto a = node(), b = node();
  std::vector<QueueMessage> messages;
  for (int i = 0; i < 5; ++i) messages.push_back(message("m" + std::to_string(i)));
  publish(*a, messages);
  const std::vector<Delivery> got = claim_all(*a, 5);
  ASSERT_EQ(got.size(), 5u);
  for (const Delivery& delivery : got)
    settle(*a, delivery, Settlement::Dead{"reason of " + delivery.message.body});
  QueueBackend::DeadLetterPage page = dead(*b, 5);
  EXPECT_EQ(page.total, 5);
  ASSERT_EQ(page.letters.size(), 5u);
  std::set<std::string> ids;
  for (const cluster::DeadLetter& letter : page.letters) {
    EXPECT_EQ(letter.reason, "reason of " + letter.message.body);
    EXPECT_GT(letter.died_at, Clock::system().now() - std::chrono::minutes(5));
    ids.insert(letter.message.id);
  }
  EXPECT_EQ(ids.size(), 5u);
  const QueueBackend::DeadLetterPage some = dead(*b, 5, 3, 10);
  EXPECT_EQ(some.total, 5);
  ASSERT_EQ(some.letters.size(), 2u);
  EXPECT_EQ(some.letters[0].message.id, page.letters[3].message.id);
  EXPECT_TRUE(claim(*a, 10, kLong, Millis{50}).empty());

  EXPECT_EQ(loop.run(b->replay(channel(), {messages[2].id})), 1);
  const std::vector<Delivery> again = claim(*a, 10);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].message.id, messages[2].id);
  EXPECT_EQ(again[0].message.body, "m2");
  EXPECT_EQ(again[0].retried, 0);
  settle(*a, again[0]);
  EXPECT_EQ(loop.run(b->replay(channel(), {})), 4);
  EXPECT_EQ(claim_all(*a, 4).size(), 4u);
  EXPECT_EQ(dead(*b, 0).total, 0);
}

TEST_P(QueueContract, TellsHowMuchWaits) {
  const auto a = node();
  auto depth = [&] { return loop.run(a->depth(channel())); };
  QueueBackend::Depth now = depth();
  EXPECT_EQ(now.ready, 0);
  EXPECT_EQ(now.dead, 0);
  EXPECT_FALSE(now.oldest);
  PublishOptions later;
  later.delay = Millis{3'600'000};
  publish(*a, {message("x"), message("y"), message("z", later)});
  now = depth();
  EXPECT_EQ(now.ready, 2);
  EXPECT_EQ(now.delayed.value_or(1), 1);
  EXPECT_EQ(now.running.value_or(0), 0);
  const std::vector<Delivery> got = claim(*a, 1);
  ASSERT_EQ(got.size(), 1u);
  now = depth();
  if (now.running) {
    EXPECT_EQ(*now.running, 1);
    EXPECT_EQ(now.ready, 1);
  }
  if (now.oldest) {
    EXPECT_GE(*now.oldest, Millis{0});
    EXPECT_LT(*now.oldest, Millis{600'000});
  }
  settle(*a, got[0], Settlement::Dead{"for the count"});
  now = depth();
  // RabbitMQ's own count may be higher than the number of letters.
  EXPECT_GE(now.dead, 1);
  EXPECT_LE(now.dead, now.running ? 1 : 2);
  EXPECT_EQ(now.running.value_or(0), 0);
  EXPECT_EQ(dead(*a, 1).total, 1);
}

TEST_P(QueueContract, AMessageThatKillsItsConsumersIsDeadAfterTheLimit) {
  const auto a = node();
  publish(*a, {message("poison")});
  for (int i = 0; i <= cluster::kAbandonedMax; ++i) {
    const std::vector<Delivery> got = claim(*a, 1, Millis{30});
    ASSERT_EQ(got.size(), 1u) << i;
    EXPECT_EQ(got[0].abandoned, i);
  }
  EXPECT_TRUE(claim(*a, 1, kLong, Millis{2'000}).empty());
  const QueueBackend::DeadLetterPage page = dead(*a, 1);
  EXPECT_EQ(page.total, 1);
  ASSERT_EQ(page.letters.size(), 1u);
  EXPECT_EQ(page.letters[0].message.body, "poison");
  EXPECT_FALSE(page.letters[0].reason.empty());
}

TEST_P(QueueContract, ADedupKeyIsTakenOnce) {
  const auto a = node(), b = node();
  PublishOptions options;
  options.dedup_key = "job:2026-01-01";
  EXPECT_EQ(publish(*a, {message("1", options)}), std::vector<bool>{true});
  EXPECT_EQ(publish(*b, {message("2", options)}), std::vector<bool>{false});
  const std::vector<Delivery> got = claim(*a, 10);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].message.body, "1");
  EXPECT_EQ(publish(*b, {message("3", options)}), std::vector<bool>{false}) << "while it runs";
  settle(*a, got[0]);
  EXPECT_EQ(publish(*b, {message("4", options)}), std::vector<bool>{false}) << "within the window";
  options.dedup_key = "another";
  EXPECT_EQ(publish(*b, {message("5", options)}), std::vector<bool>{true});
}

TEST_P(QueueContract, TheSameIdIsTakenOnce) {
  const auto a = node();
  const QueueMessage one = message("x");
  EXPECT_EQ(publish(*a, {one}), std::vector<bool>{true});
  EXPECT_EQ(publish(*a, {one, message("y")}), (std::vector<bool>{false, true}));
  EXPECT_EQ(claim_all(*a, 2).size(), 2u);
  EXPECT_TRUE(claim(*a, 1, kLong, Millis{50}).empty());
}

TEST_P(QueueContract, AWaitingClaimIsWokenByAPublisherOfAnotherNode) {
  const auto a = node(), b = node();
  auto wait = [&]() -> Task<std::size_t> {
    TaskGroup publishing(co_await boost::asio::this_coro::executor);
    auto soon = [&]() -> Task<void> {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, Millis{150});
      co_await timer.async_wait(boost::asio::use_awaitable);
      std::vector<QueueMessage> one{message("x")};
      co_await b->publish(std::move(one));
    };
    publishing.spawn("publish", soon());
    const std::vector<Delivery> got = co_await a->claim(channel(), 4, kLong, Millis{30'000});
    co_await publishing.wait();
    co_return got.size();
  };
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(loop.run(wait), 1u);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
}

TEST_P(QueueContract, ManyConsumersGetEachMessageOnce) {
  constexpr int kNodes = 4, kMessages = 400;
  std::vector<std::shared_ptr<QueueBackend>> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(node());
  std::vector<QueueMessage> messages;
  for (int i = 0; i < kMessages; ++i) messages.push_back(message(std::to_string(i)));
  publish(*nodes[0], messages);
  std::map<std::string, int> seen;
  auto all = [&]() -> Task<void> {
    TaskGroup consumers(co_await boost::asio::this_coro::executor);
    auto consume = [&](QueueBackend& queue) -> Task<void> {
      while (seen.size() < kMessages) {
        const std::vector<Delivery> got = co_await queue.claim(channel(), 16, kLong, Millis{300});
        std::vector<Settlement> ended;
        for (const Delivery& delivery : got) {
          ++seen[delivery.message.body];
          ended.push_back({channel(), delivery.receipt, Settlement::Done{}});
        }
        co_await queue.settle(std::move(ended));
      }
    };
    for (const auto& queue : nodes) consumers.spawn("consume", consume(*queue));
    co_await consumers.wait();
  };
  loop.run(all, std::chrono::seconds(120));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kMessages));
  for (const auto& [body, count] : seen) EXPECT_EQ(count, 1) << body;
}

TEST_P(QueueContract, ChannelsHaveAnyName) {
  const auto a = node();
  for (const std::string name :
       {"with space", "ünï€", "a:b/c.d*?[x]#", "amq.direct", std::string(150, 'n').c_str()}) {
    publish(*a, {message("in " + name, {}, name)});
    const std::vector<Delivery> got = claim(*a, 10, kLong, kPatience, name);
    ASSERT_EQ(got.size(), 1u) << name;
    EXPECT_EQ(got[0].message.body, "in " + name);
    settle(*a, got[0]);
  }
}

TEST_P(QueueContract, MessagesOutliveTheNodesThatKnowOfThem) {
  {
    const auto gone = node();
    publish(*gone, {message("kept"), message("taken")});
  }
  const auto next = node();
  EXPECT_EQ(claim_all(*next, 2).size(), 2u);
}

TEST_P(QueueContract, ApplicationsAreApart) {
  const auto a = node();
  publish(*a, {message("x")});
  app = fresh_app();
  const auto other = node();
  EXPECT_TRUE(claim(*other, 10, kLong, Millis{100}).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Adapters, QueueContract,
    testing::Values(
        Adapter<QueueBackend>{"memory", memory_queue}, Adapter<QueueBackend>{"sqlite", sqlite_queue},
        at_server<QueueBackend>("postgres", postgres_queue),
        at_server<QueueBackend>("mariadb", mariadb_queue), at_server<QueueBackend>("redis7", redis_queue),
        at_server<QueueBackend>("redis8", redis_queue),
        at_server<QueueBackend>("rabbitmq3", [](test::Loop&, const std::string& url,
                                                const std::string& app) { return rabbitmq_queue(url, app); }),
        at_server<QueueBackend>("rabbitmq4",
                                [](test::Loop&, const std::string& url, const std::string& app) {
                                  return rabbitmq_queue(url, app);
                                })),
    adapter_name);

}  // namespace
}  // namespace flotilla::contract
