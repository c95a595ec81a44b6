// What the queue on RabbitMQ does beyond the contract of queues: what its standing consumers hold and nobody
// has claimed.
#include "adapters/rabbitmq/consumer.hpp"
#include "contract/makers/rabbitmq.hpp"
#include "contract/queue_nodes.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

class RabbitQueues : public QueueNodes {
 protected:
  /// Room for more than what it gets: for a moment the broker sends the next ones to this node, too.
  void stand(QueueBackend& queue) {
    publish(queue, {message("first")});
    const std::vector<Delivery> got = claim(queue, 10);
    ASSERT_EQ(got.size(), 1u);
    settle(queue, got[0]);
  }
  std::vector<QueueMessage> five() const {
    std::vector<QueueMessage> out;
    for (int i = 0; i < 5; ++i) out.push_back(message(std::to_string(i)));
    return out;
  }
};

TEST_P(RabbitQueues, WhatNobodyClaimsIsGivenToAnotherNodeAndNotCounted) {
  const auto a = node(), b = node();
  stand(*a);
  publish(*b, five());
  const auto begun = std::chrono::steady_clock::now();
  const std::vector<Delivery> got = claim_all(*b, 5);
  ASSERT_EQ(got.size(), 5u);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, kPatience);
  for (const Delivery& delivery : got) {
    EXPECT_EQ(delivery.abandoned, 0) << delivery.message.body;
    EXPECT_EQ(delivery.retried, 0);
    settle(*b, delivery);
  }
}

TEST_P(RabbitQueues, ANodeThatLeavesGivesBackWhatItHasNotClaimed) {
  auto a = node();
  const auto b = node();
  stand(*a);
  publish(*b, five());
  a.reset();
  const std::vector<Delivery> got = claim_all(*b, 5);
  ASSERT_EQ(got.size(), 5u);
  for (const Delivery& delivery : got) EXPECT_EQ(delivery.abandoned, 0) << delivery.message.body;
}

TEST_P(RabbitQueues, WhatIsGivenBackKeepsItsCountOfAbandonments) {
  const auto a = node();
  publish(*a, {message("kills")});
  for (int round = 0; round <= cluster::kAbandonedMax; ++round) {
    auto b = node();
    const std::vector<Delivery> held = claim(*b, 1);
    ASSERT_EQ(held.size(), 1u) << round;
    ASSERT_EQ(held[0].message.body, "kills");
    EXPECT_EQ(held[0].abandoned, round);
    stand(*a);
    b.reset();  // the message goes to `a`, which does not claim it
  }
  EXPECT_TRUE(claim(*a, 1, kLong, Millis{500}).empty());
  const QueueBackend::DeadLetterPage letters = dead(*a, 1);
  ASSERT_EQ(letters.total, 1);
  EXPECT_EQ(letters.letters[0].message.body, "kills");
  EXPECT_EQ(letters.letters[0].reason, rabbitmq::kAbandoned);
}

TEST_P(RabbitQueues, WhatIsSettledWhileAClaimWaitsIsSettledAtOnce) {
  const auto a = node();
  publish(*a, {message("first")});
  const std::vector<Delivery> got = claim(*a, 1);
  ASSERT_EQ(got.size(), 1u);
  const auto begun = std::chrono::steady_clock::now();
  auto both = [&]() -> Task<void> {
    TaskGroup waiting(loop.executor());
    auto wait = [&]() -> Task<void> { co_await a->claim(channel(), 1, kLong, Millis{5'000}); };
    waiting.spawn("claim", wait());
    co_await waiting.stopping().wait(Millis{100});
    std::vector<Settlement> one{{channel(), got[0].receipt, Settlement::Done{}}};
    co_await a->settle(std::move(one));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis{4'000});
    co_await waiting.wait();
  };
  loop.run(both, std::chrono::seconds(20));
}

auto on_broker(const char* name) {
  return at_server<QueueBackend>(name, [](test::Loop&, const std::string& url, const std::string& app) {
    return rabbitmq_queue(url, app);
  });
}

INSTANTIATE_TEST_SUITE_P(Adapters, RabbitQueues,
                         testing::Values(on_broker("rabbitmq3"), on_broker("rabbitmq4")), adapter_name);

}  // namespace
}  // namespace flotilla::contract
