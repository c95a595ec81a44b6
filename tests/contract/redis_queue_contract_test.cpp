// What the queue in Redis does beyond the contract of queues: who is woken, what is remembered, limits of
// scripts and of answers, keys that vanished.
#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"
#include "contract/makers/redis_cluster.hpp"
#include "contract/on_redis.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using namespace std::chrono_literals;
using cluster::Delivery;
using cluster::Millis;
using cluster::PublishOptions;
using cluster::QueueBackend;
using cluster::QueueMessage;
using cluster::Settlement;
using redis::Command;

class RedisQueues : public OnServers {
 protected:
  QueueMessage message(std::string body = "1", PublishOptions options = {}) const {
    return {random_uid(Random::system(), 20), channel, std::move(body), std::move(options),
            Clock::system().now()};
  }
  std::vector<bool> publish(std::vector<QueueMessage> messages) {
    return loop.run(queue->publish(std::move(messages)));
  }
  std::vector<Delivery> claim(std::size_t max, Millis lease = 60s, Millis wait = 20s) {
    return loop.run(queue->claim(channel, max, lease, wait));
  }
  std::vector<Delivery> claim_all(std::size_t count) {
    std::vector<Delivery> out;
    while (out.size() < count) {
      std::vector<Delivery> more = claim(count - out.size());
      if (more.empty()) break;
      std::ranges::move(more, std::back_inserter(out));
    }
    return out;
  }
  void settle(const std::vector<Delivery>& deliveries,
              decltype(Settlement::outcome) outcome = Settlement::Done{}) {
    std::vector<Settlement> all;
    for (const Delivery& delivery : deliveries) all.push_back({channel, delivery.receipt, outcome});
    loop.run(queue->settle(std::move(all)));
  }
  std::string key(const std::string& name) const { return app + ":queue:" + channel + ":" + name; }

  const std::string channel = app + ".work";
  std::shared_ptr<QueueBackend> queue = redis_queue(loop, url(), app);
};

TEST_P(RedisQueues, AWaitingClaimLearnsOfADelayedMessageThatIsDueSooner) {
  const auto other = redis_queue(loop, url(), app);
  auto wait = [&]() -> Task<std::size_t> {
    TaskGroup publishing(co_await boost::asio::this_coro::executor);
    auto soon = [&]() -> Task<void> {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 150ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
      PublishOptions later;
      later.delay = 300ms;
      std::vector<QueueMessage> one{message("1", later)};
      co_await other->publish(std::move(one));
    };
    publishing.spawn("publish", soon());
    const std::vector<Delivery> got = co_await queue->claim(channel, 4, 60s, 30s);
    co_await publishing.wait();
    co_return got.size();
  };
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(loop.run(wait), 1u);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 15s);
}

TEST_P(RedisQueues, AsManyWaitersAreWokenAsMessagesCame) {
  constexpr int kWaiters = 40;
  std::size_t came = 0;
  auto all = [&]() -> Task<void> {
    TaskGroup waiters(co_await boost::asio::this_coro::executor);
    auto one = [&]() -> Task<void> { came += (co_await queue->claim(channel, 1, 60s, 30s)).size(); };
    for (int i = 0; i < kWaiters; ++i) waiters.spawn("wait", one());
    // All of them wait in the server.
    for (;;) {
      Command blocked{"INFO", "clients"};
      const std::string info = (co_await client->command(std::move(blocked))).text();
      const std::size_t at = info.find("blocked_clients:");
      if (at != std::string::npos && std::atoi(info.c_str() + at + 16) >= kWaiters) break;
    }
    std::vector<QueueMessage> messages;
    for (int i = 0; i < kWaiters; ++i) messages.push_back(message());
    co_await queue->publish(std::move(messages));
    co_await waiters.wait();
  };
  const auto begun = std::chrono::steady_clock::now();
  loop.run(all, 120s);
  EXPECT_EQ(came, static_cast<std::size_t>(kWaiters));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 25s) << "some slept until their time was over";
}

TEST_P(RedisQueues, ThousandsOfDeliveriesAreRenewedAtOnce) {
  constexpr std::size_t kCount = 6'000;
  std::vector<QueueMessage> messages;
  for (std::size_t i = 0; i < kCount; ++i) messages.push_back(message());
  publish(std::move(messages));
  const std::vector<Delivery> held = claim_all(kCount);
  ASSERT_EQ(held.size(), kCount);
  std::vector<std::string> receipts;
  for (const Delivery& delivery : held) receipts.push_back(delivery.receipt);
  receipts.insert(receipts.begin() + 3'000, "2:0-1:1:1:unknown");
  receipts.push_back("no receipt at all");
  const std::vector<bool> valid = loop.run(queue->renew(channel, receipts, 60s));
  ASSERT_EQ(valid.size(), kCount + 2);
  EXPECT_EQ(std::ranges::count(valid, true), static_cast<std::ptrdiff_t>(kCount));
  EXPECT_FALSE(valid[3'000]);
  EXPECT_FALSE(valid.back());
}

TEST_P(RedisQueues, WhatEndedIsNotTakenAgainWhenItsPublisherTriesAgain) {
  const QueueMessage one = message(), two = message();
  EXPECT_EQ(publish({one}), std::vector<bool>{true});
  settle(claim(1));
  EXPECT_EQ(publish({one, two}), (std::vector<bool>{false, true})) << "its answer was lost, it tries again";
  const std::vector<Delivery> got = claim(10);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].message.id, two.id);
  settle(got, Settlement::Dead{"why"});
  EXPECT_EQ(publish({two}), std::vector<bool>{false}) << "it is among the dead letters";
  EXPECT_EQ(loop.run(queue->replay(channel, {two.id})), 1);
  EXPECT_EQ(publish({two}), std::vector<bool>{false});
  settle(claim(10));
  EXPECT_TRUE(claim(10, 60s, 1ms).empty());
  EXPECT_EQ(loop.run(queue->dead_letters(channel, 0, 10)).total, 0);
}

TEST_P(RedisQueues, ADedupKeyStaysFreeWhenItsMessageIsNotTaken) {
  PublishOptions options;
  options.dedup_key = "job";
  QueueMessage known = message();
  publish({known});
  known.options = options;
  EXPECT_EQ(publish({known}), std::vector<bool>{false});
  EXPECT_EQ(publish({message("2", options)}), std::vector<bool>{true});
}

TEST_P(RedisQueues, BigMessagesComeInSeveralBatches) {
  constexpr std::size_t kCount = 60;
  std::vector<QueueMessage> messages;
  for (std::size_t i = 0; i < kCount; ++i) messages.push_back(message('"' + std::string(900'000, 'x') + '"'));
  EXPECT_EQ(publish(std::move(messages)), std::vector<bool>(kCount, true));
  const std::vector<Delivery> first = claim(256);
  ASSERT_FALSE(first.empty());
  EXPECT_LT(first.size(), kCount) << "an answer of 54 MB may not come within the deadline";
  settle(first);
  const std::vector<Delivery> rest = claim_all(kCount - first.size());
  EXPECT_EQ(rest.size(), kCount - first.size());
  for (const Delivery& delivery : rest) EXPECT_EQ(delivery.abandoned, 0);
}

TEST_P(RedisQueues, NothingIsLeftOfWhatEndedButItsId) {
  PublishOptions keyed, delayed;
  keyed.dedup_key = "job";
  delayed.delay = 5ms;
  publish({message(), message("2", keyed), message("3", delayed)});
  settle(claim_all(3));
  for (const char* gone : {"live", "leases", "delayed", "later", "keyed", "dead", "letters"})
    EXPECT_EQ(ask({"EXISTS", key(gone)}).integer(), 0) << gone;
  for (const char* stream : {"high", "normal", "low"}) EXPECT_EQ(ask({"XLEN", key(stream)}).integer(), 0);
  for (const char* until : {"dedup:job", "ended"}) {
    const std::int64_t left = ask({"PTTL", key(until)}).integer();
    EXPECT_GT(left, 0) << until;
    EXPECT_LE(left, cluster::kDedupWindow.count()) << until;
  }
}

TEST_P(RedisQueues, AReceiptOfALostClaimIsNotTheNextOnes) {
  publish({message()});
  const std::vector<Delivery> first = claim(1);
  ASSERT_EQ(first.size(), 1u);
  // A server that lost its last second knows nothing of the claim.
  ask({"DEL", key("leases")});
  ask({"XGROUP", "DESTROY", key("normal"), "workers"});
  pause(loop, 5ms);
  const std::vector<Delivery> second = claim(1);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].message.id, first[0].message.id);
  settle(first);
  EXPECT_TRUE(loop.run(queue->renew(channel, {second[0].receipt}, 60s))[0]);
}

TEST_P(RedisQueues, AStreamThatVanishedDoesNotStopTheChannel) {
  PublishOptions keyed;
  keyed.dedup_key = "job";
  publish({message("1", keyed)});
  ASSERT_EQ(claim(1, 50ms).size(), 1u);
  ask({"DEL", key("normal")});
  pause(loop, 80ms);
  const QueueMessage next = message("2");
  publish({next});
  const std::vector<Delivery> got = claim(10);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].message.id, next.id);
  EXPECT_EQ(ask({"SCARD", key("live")}).integer(), 1) << "what vanished is not known any more";
}

TEST_P(RedisQueues, AReasonMayBeAnyText) {
  for (const std::string reason : {"", "12 3 4 text", "line\nline {\"a\":1}", "ünï€ \x01"}) {
    const QueueMessage one = message();
    publish({one});
    settle(claim(1), Settlement::Dead{reason});
    const QueueBackend::DeadLetterPage page = loop.run(queue->dead_letters(channel, 0, SIZE_MAX));
    ASSERT_EQ(page.letters.size(), 1u);
    EXPECT_EQ(page.letters[0].reason, reason);
    EXPECT_EQ(page.letters[0].message.id, one.id);
    EXPECT_EQ(loop.run(queue->replay(channel, {})), 1);
    settle(claim(1));
  }
}

TEST_P(RedisQueues, ThousandsOfDeadLettersAreReplayed) {
  constexpr std::size_t kCount = 2'500;
  std::vector<QueueMessage> messages;
  for (std::size_t i = 0; i < kCount; ++i) messages.push_back(message());
  publish(std::move(messages));
  settle(claim_all(kCount), Settlement::Dead{"why"});
  EXPECT_EQ(loop.run(queue->dead_letters(channel, 0, 10)).total, static_cast<std::int64_t>(kCount));
  EXPECT_EQ(loop.run(queue->replay(channel, {})), static_cast<std::int64_t>(kCount));
  std::set<std::string> ids;
  for (const Delivery& delivery : claim_all(kCount)) ids.insert(delivery.message.id);
  EXPECT_EQ(ids.size(), kCount);
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisQueues, redis_servers, redis_server_name);

}  // namespace
}  // namespace flotilla::contract
