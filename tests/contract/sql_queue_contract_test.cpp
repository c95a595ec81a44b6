// What SqlQueue promises beyond the contract of every queue, on each database it runs on: many at a time
// never tread on each other, and other processes are told of work.
#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <future>
#include <set>

#include "adapters/sql/sql_queue.hpp"
#include "adapters/sql/sql_queue_announcer.hpp"
#include "contract/makers/servers.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "contract/makers/sql_queue.hpp"
#include "contract/until.hpp"

namespace flotilla::contract {
namespace {

using cluster::Delivery;
using cluster::Millis;
using cluster::QueueMessage;
using cluster::Settlement;

constexpr Millis kLease{60'000};

QueueMessage message(std::string id) {
  QueueMessage made;
  made.id = std::move(id);
  made.channel = "main.work";
  made.body = "{}";
  return made;
}

using MakeDatabase = std::shared_ptr<data::Database> (*)(test::Loop&, const std::string& app);
struct Adapter {
  const char* name;
  MakeDatabase database;
};

std::shared_ptr<data::Database> in_postgres(test::Loop& loop, const std::string& app) {
  return postgres_database(loop, server("postgres"), app);
}

std::shared_ptr<data::Database> in_mariadb(test::Loop& loop, const std::string& app) {
  return sql_database("mariadb", loop, app);
}

class SqlQueueContract : public testing::TestWithParam<Adapter> {
 protected:
  struct Node {
    explicit Node(std::shared_ptr<data::Database> own) : database(std::move(own)), queue(*database) {}
    std::shared_ptr<data::Database> database;
    sql::SqlQueue queue;
  };
  std::unique_ptr<Node> node() { return std::make_unique<Node>(GetParam().database(loop, app)); }

  /// Each of the nodes publishes `each(i)` for i below `count`, all at once; answers how many were taken.
  template <class Each>
  int publish_together(std::vector<std::unique_ptr<Node>>& nodes, int count, Each each) {
    std::vector<std::future<std::vector<bool>>> running;
    for (int i = 0; i < count; ++i)
      for (std::size_t n = 0; n < nodes.size(); ++n)
        running.push_back(boost::asio::co_spawn(loops[n].context(),
                                                nodes[n]->queue.publish({each(i, static_cast<int>(n))}),
                                                boost::asio::use_future));
    int taken = 0;
    for (auto& one : running) taken += one.get().at(0);
    return taken;
  }

  test::Loop loop, loops[3];
  const std::string app = fresh_app();
};

TEST_P(SqlQueueContract, OfManyPublishersOfOneIdOneWins) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < 3; ++i) nodes.push_back(node());
  EXPECT_EQ(publish_together(nodes, 40, [](int i, int) { return message("m" + std::to_string(i)); }), 40);
}

TEST_P(SqlQueueContract, OfManyPublishersOfOneKeyOneWins) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < 3; ++i) nodes.push_back(node());
  auto each = [](int i, int n) {
    QueueMessage made = message("m" + std::to_string(i) + "." + std::to_string(n));
    made.options.dedup_key = "key" + std::to_string(i % 10);
    return made;
  };
  EXPECT_EQ(publish_together(nodes, 40, each), 10);
  EXPECT_EQ(loop.run(nodes[0]->queue.claim("main.work", 256, kLease, Millis(0))).size(), 10u);
}

TEST_P(SqlQueueContract, EveryMessageIsGivenToOneConsumerAndDoneOnce) {
  constexpr int kMessages = 600;
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < 3; ++i) nodes.push_back(node());
  std::atomic<int> done{0};
  std::atomic<bool> give_up{false};
  auto consume = [&](sql::SqlQueue& queue) -> Task<std::vector<std::string>> {
    std::vector<std::string> ids;
    while (done < kMessages && !give_up) {
      const std::vector<Delivery> deliveries = co_await queue.claim("main.work", 16, kLease, Millis(20));
      std::vector<Settlement> ends;
      for (const Delivery& delivery : deliveries) {
        ids.push_back(delivery.message.id);
        ends.push_back({"main.work", delivery.receipt, Settlement::Done{}});
      }
      co_await queue.settle(std::move(ends));
      done += static_cast<int>(deliveries.size());
    }
    co_return ids;
  };
  std::vector<std::future<std::vector<std::string>>> consumers;
  for (std::size_t n = 0; n < 3; ++n)
    consumers.push_back(
        boost::asio::co_spawn(loops[n].context(), consume(nodes[n]->queue), boost::asio::use_future));
  auto each = [](int i, int n) { return message(std::to_string(i) + "." + std::to_string(n)); };
  EXPECT_EQ(publish_together(nodes, kMessages / 3, each), kMessages);
  EXPECT_TRUE(until([&] { return done >= kMessages; }, std::chrono::seconds(60)));
  give_up = true;
  std::multiset<std::string> all;
  for (auto& consumer : consumers)
    for (const std::string& id : consumer.get()) all.insert(id);
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kMessages));
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  EXPECT_TRUE(loop.run(nodes[0]->queue.claim("main.work", 1, kLease, Millis(0))).empty());
}

TEST_P(SqlQueueContract, ASharedTransactionThatHoldsABadMessageFailsOnlyThatOne) {
  auto one = node();
  std::vector<std::unique_ptr<Node>> nodes;
  nodes.push_back(std::move(one));
  std::vector<std::future<std::vector<bool>>> running;
  for (int i = 0; i < 60; ++i) {
    // Text that is no UTF-8 is found out by the database only, if at all.
    QueueMessage made = message(i == 30 ? "bad\xff" : "m" + std::to_string(i));
    running.push_back(
        boost::asio::co_spawn(loops[0].context(), nodes[0]->queue.publish({made}), boost::asio::use_future));
  }
  for (int i = 0; i < 60; ++i) {
    if (i == 30)
      running[i].wait();
    else
      EXPECT_TRUE(running[i].get().at(0)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Adapters, SqlQueueContract,
                         testing::Values(Adapter{"sqlite", sqlite_database}, Adapter{"postgres", in_postgres},
                                         Adapter{"mariadb", in_mariadb}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SqlQueueAnnouncer, AClaimOfAnotherProcessIsWokenByTheDatabase) {
  test::Loop loop;
  const std::string app = fresh_app(), url = server("postgres");
  auto there = in_postgres(loop, app), here = in_postgres(loop, app);
  sql::QueueAnnouncer announcer(loop.executor(), *there);
  sql::SqlQueue publisher(*there, {.tell = [&](const std::string& channel) { announcer.tell(channel); }});
  sql::SqlQueueOptions patient;
  patient.listen = postgres_listen(loop, url);
  patient.poll_listening = Millis(3'600'000);
  {
    sql::SqlQueue consumer(*here, patient);
    for (int i = 0; i < 5; ++i) {
      auto waiting = boost::asio::co_spawn(
          loop.context(), consumer.claim("main.work", 1, kLease, Millis(3'600'000)), boost::asio::use_future);
      // The first time, or the start of listening may be what wakes it.
      waiting.wait_for(std::chrono::milliseconds(i == 0 ? 0 : 30));
      loop.run(publisher.publish({message("m" + std::to_string(i))}));
      ASSERT_EQ(waiting.wait_for(std::chrono::seconds(30)), std::future_status::ready) << i;
      EXPECT_EQ(waiting.get().at(0).message.id, "m" + std::to_string(i));
    }
  }
  loop.run(announcer.stop());
}

}  // namespace
}  // namespace flotilla::contract
