// What every FiringStore promises: see cluster/schedule/firing_store.hpp.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "adapters/sql/sql_firing.hpp"
#include "cluster/queue/queue_backend.hpp"
#include "contract/adapters.hpp"
#include "contract/makers/sql_queue.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using cluster::FiringStore;
using cluster::Millis;
using cluster::QueueBackend;

/// A node: its firings, and the queue that their messages are kept in.
struct Node {
  std::shared_ptr<FiringStore> firings;
  std::shared_ptr<QueueBackend> queue;
};

template <class Firings, class Queue>
Adapter<Node> pair(std::string name, Firings firings, Queue queue) {
  return {std::move(name), [firings, queue](test::Loop& loop, const std::string& app) {
            return std::make_shared<Node>(Node{firings(loop, app), queue(loop, app)});
          }};
}

class FiringContract : public Contract<Node> {
 protected:
  /// `at` milliseconds from the whole second that the test began in.
  UnixMs due(std::int64_t at = 0) const { return begun + Millis(at); }
  bool fire(const std::shared_ptr<Node>& node, const std::string& job, UnixMs at,
            const std::string& body = "{}") {
    return loop.run(node->firings->fire(job, at, channel(), body));
  }
  UnixMs last(const std::shared_ptr<Node>& node, const std::string& job) {
    return loop.run(node->firings->last_fired(job));
  }
  std::string channel() const { return app + ".cron"; }
  /// The bodies of what was published, in no order.
  std::multiset<std::string> published(const std::shared_ptr<Node>& node) {
    std::multiset<std::string> bodies;
    for (;;) {
      const auto got = loop.run(node->queue->claim(channel(), 256, Millis(600'000), Millis(50)));
      if (got.empty()) return bodies;
      for (const cluster::Delivery& one : got) bodies.insert(one.message.body);
    }
  }

  const UnixMs begun = std::chrono::floor<std::chrono::seconds>(Clock::system().now());
};

using Bodies = std::multiset<std::string>;

TEST_P(FiringContract, TheFirstWinsAndItsMessageIsKept) {
  const auto a = node(), b = node();
  EXPECT_TRUE(fire(a, "job", due(), "\"a\""));
  EXPECT_FALSE(fire(b, "job", due(), "\"b\""));
  EXPECT_FALSE(fire(a, "job", due(), "\"again\"")) << "as after a reply that was lost";
  EXPECT_EQ(published(b), (Bodies{"\"a\""}));
}

TEST_P(FiringContract, EachJobAndEachDueTimeHasItsOwnWinner) {
  const auto a = node(), b = node();
  EXPECT_TRUE(fire(a, "job", due()));
  EXPECT_TRUE(fire(b, "job", due(1)));
  EXPECT_TRUE(fire(b, "Job", due()));
  EXPECT_TRUE(fire(b, "job ", due()));
  EXPECT_TRUE(fire(a, "ünï \"€\" '; --", due()));
  EXPECT_FALSE(fire(b, "ünï \"€\" '; --", due()));
  EXPECT_FALSE(fire(a, "job", due(1)));
  EXPECT_EQ(published(a).size(), 5u);
}

TEST_P(FiringContract, TheOrderOfDueTimesDoesNotMatter) {
  const auto a = node(), b = node();
  EXPECT_TRUE(fire(a, "job", due(3'600'000))) << "a node whose clock is an hour ahead";
  EXPECT_TRUE(fire(b, "job", due())) << "it does not keep the others from firing what is due";
  EXPECT_FALSE(fire(b, "job", due(3'600'000)));
  EXPECT_EQ(last(b, "job"), due(3'600'000));
}

TEST_P(FiringContract, TellsWhenAJobFiredLast) {
  const auto a = node(), b = node();
  EXPECT_EQ(last(a, "job"), UnixMs{});
  fire(a, "job", due(-2'000));
  fire(b, "job", due(-60'000));
  fire(b, "other", due());
  EXPECT_EQ(last(b, "job"), due(-2'000));
  EXPECT_EQ(last(a, "job"), due(-2'000));
  EXPECT_EQ(last(a, "never"), UnixMs{});
}

TEST_P(FiringContract, WhatIsTooOldToBeRememberedIsFiredByNobody) {
  const auto a = node();
  const Millis kept = sql::SqlFiringStore::kKept;
  EXPECT_FALSE(fire(a, "job", due() - kept - Millis(60'000)));
  EXPECT_EQ(last(a, "job"), UnixMs{});
  EXPECT_TRUE(fire(a, "job", due() - kept + Millis(600'000)));
  EXPECT_EQ(published(a).size(), 1u);
}

TEST_P(FiringContract, AFiringWhoseMessageIsRefusedHasNotHappened) {
  const auto a = node(), b = node();
  const std::string huge(cluster::kMessageBytesMax + 1, 'x');
  bool refused = false;
  try {
    fire(a, "job", due(), huge);
  } catch (const std::exception&) {
    refused = true;
  }
  ASSERT_TRUE(refused);
  EXPECT_EQ(last(b, "job"), UnixMs{});
  EXPECT_TRUE(fire(b, "job", due(), "\"small\"")) << "the due time is still to be fired";
  EXPECT_EQ(published(a), (Bodies{"\"small\""}));
}

TEST_P(FiringContract, AFiringOutlivesTheNodeThatWon) {
  const auto stays = node();
  {
    const auto dies = node();
    ASSERT_TRUE(fire(dies, "job", due(), "\"last words\""));
  }
  EXPECT_FALSE(fire(stays, "job", due()));
  EXPECT_EQ(published(stays), (Bodies{"\"last words\""}));
}

TEST_P(FiringContract, ApplicationsAreApart) {
  const auto a = node();
  ASSERT_TRUE(fire(a, "job", due()));
  app = fresh_app();
  const auto other = node();
  EXPECT_EQ(last(other, "job"), UnixMs{});
  EXPECT_TRUE(fire(other, "job", due()));
}

Task<void> claim_all(FiringStore& store, std::string channel, std::string me, UnixMs first, int dues,
                     std::map<UnixMs, int>& wins) {
  for (int i = 0; i < dues; ++i) {
    const UnixMs at = first + Millis(i);
    const std::string body = "\"" + me + "/" + std::to_string(i) + "\"";
    if (co_await store.fire("job", at, channel, body)) ++wins[at];
  }
}

TEST_P(FiringContract, OfManyNodesThatClaimOneFiringExactlyOneWins) {
  constexpr int kNodes = 8, kDues = 15;
  std::vector<std::shared_ptr<Node>> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(node());
  std::map<UnixMs, int> wins;
  auto all = [&]() -> Task<void> {
    TaskGroup crowd(co_await boost::asio::this_coro::executor);
    for (int i = 0; i < kNodes; ++i)
      crowd.spawn("node", claim_all(*nodes[static_cast<std::size_t>(i)]->firings, channel(),
                                    std::to_string(i), due(), kDues, wins));
    co_await crowd.wait();
  };
  loop.run(all, std::chrono::seconds(120));
  EXPECT_EQ(wins.size(), static_cast<std::size_t>(kDues)) << "a due time had no winner";
  for (const auto& [at, won] : wins) EXPECT_EQ(won, 1) << (at - due()).count();
  // Exactly one message of each due time, whoever won it.
  std::multiset<std::string> dues;
  for (const std::string& body : published(nodes[0]))
    dues.insert(body.substr(body.find('/') + 1, body.size() - body.find('/') - 2));
  EXPECT_EQ(dues.size(), static_cast<std::size_t>(kDues));
  EXPECT_EQ(std::set<std::string>(dues.begin(), dues.end()).size(), dues.size());
}

INSTANTIATE_TEST_SUITE_P(Adapters, FiringContract,
                         testing::Values(pair("memory", memory_firings, memory_queue),
                                         pair("sqlite", sqlite_firings, sqlite_queue),
                                         pair(
                                             "postgres",
                                             [](test::Loop& loop, const std::string& app) {
                                               return postgres_firings(loop, server("postgres"), app);
                                             },
                                             [](test::Loop& loop, const std::string& app) {
                                               return postgres_queue(loop, server("postgres"), app);
                                             }),
                                         pair(
                                             "mariadb",
                                             [](test::Loop& loop, const std::string& app) {
                                               return mariadb_firings(loop, server("mariadb"), app);
                                             },
                                             [](test::Loop& loop, const std::string& app) {
                                               return mariadb_queue(loop, server("mariadb"), app);
                                             })),
                         adapter_name);

}  // namespace
}  // namespace flotilla::contract
