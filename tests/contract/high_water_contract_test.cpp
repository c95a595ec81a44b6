// What every HighWaterStore promises: see cluster/worker_id/worker_id_store.hpp.
#include <algorithm>
#include <limits>

#include "cluster/worker_id/worker_id_store.hpp"
#include "contract/adapters.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using cluster::HighWaterStore;

class HighWaterContract : public Contract<HighWaterStore> {
 protected:
  std::int64_t load(HighWaterStore& store, int worker) { return loop.run(store.load(worker)); }
  void raise(HighWaterStore& store, int worker, std::int64_t seconds) {
    loop.run(store.raise(worker, seconds));
  }
};

TEST_P(HighWaterContract, AWorkerIdThatWasNeverUsedHasNone) {
  const auto a = node();
  for (int worker = 0; worker < cluster::kWorkerIds; ++worker) EXPECT_EQ(load(*a, worker), 0) << worker;
}

TEST_P(HighWaterContract, NeverGoesDown) {
  const auto a = node(), b = node();
  raise(*a, 3, 1'700'000'000);
  EXPECT_EQ(load(*b, 3), 1'700'000'000);
  for (const std::int64_t lower : {std::int64_t{1'699'999'999}, std::int64_t{0}, std::int64_t{-1},
                                   std::numeric_limits<std::int64_t>::min(), std::int64_t{1'700'000'000}}) {
    raise(*b, 3, lower);
    EXPECT_EQ(load(*a, 3), 1'700'000'000) << lower;
  }
  raise(*b, 3, 1'700'000'001);
  EXPECT_EQ(load(*a, 3), 1'700'000'001);
}

TEST_P(HighWaterContract, HoldsEverySecond) {
  const auto a = node();
  const std::int64_t far = std::numeric_limits<std::int64_t>::max();
  raise(*a, 0, far - 1);
  raise(*a, 0, far);
  EXPECT_EQ(load(*a, 0), far);
}

TEST_P(HighWaterContract, IsOfOneWorkerIdOfOneApplication) {
  const auto a = node();
  raise(*a, 0, 100);
  raise(*a, 31, 200);
  EXPECT_EQ(load(*a, 0), 100);
  EXPECT_EQ(load(*a, 1), 0);
  EXPECT_EQ(load(*a, 31), 200);
  app = fresh_app();
  const auto other = node();
  EXPECT_EQ(load(*other, 0), 0);
}

TEST_P(HighWaterContract, OutlivesTheNodeThatRaisedIt) {
  const auto stays = node();
  {
    const auto dies = node();
    raise(*dies, 7, 42);
  }
  EXPECT_EQ(load(*stays, 7), 42);
  EXPECT_EQ(load(*node(), 7), 42);
}

struct Seen {
  int lowered = 0, rounds = 0;
  std::int64_t highest = 0;
};

/// Raises and reads back; all of them run on one thread, their stores do not.
Task<void> race(HighWaterStore& store, int me, int times, Seen& seen) {
  for (int i = 0; i < times; ++i) {
    const std::int64_t mark = (i * 8 + me * 37) % 300 + 1;
    co_await store.raise(0, mark);
    seen.highest = std::max(seen.highest, mark);
    // Raised before the load began, by anybody: no load may answer less.
    const std::int64_t known = seen.highest;
    if (co_await store.load(0) < known) ++seen.lowered;
    ++seen.rounds;
  }
}

TEST_P(HighWaterContract, OfManyNodesTheHighestStays) {
  constexpr int kNodes = 6, kTimes = 25;
  std::vector<std::shared_ptr<HighWaterStore>> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(node());
  Seen seen;
  auto all = [&]() -> Task<void> {
    TaskGroup crowd(co_await boost::asio::this_coro::executor);
    for (int i = 0; i < kNodes; ++i)
      crowd.spawn("node", race(*nodes[static_cast<std::size_t>(i)], i, kTimes, seen));
    co_await crowd.wait();
  };
  loop.run(all, std::chrono::seconds(120));
  EXPECT_EQ(seen.rounds, kNodes * kTimes) << "a call failed";
  EXPECT_EQ(seen.lowered, 0);
  EXPECT_GT(seen.highest, 200);
  for (const auto& node : nodes) EXPECT_EQ(load(*node, 0), seen.highest);
}

INSTANTIATE_TEST_SUITE_P(Adapters, HighWaterContract,
                         testing::Values(Adapter<HighWaterStore>{"sqlite", sqlite_high_water},
                                         at_server<HighWaterStore>("postgres", postgres_high_water),
                                         at_server<HighWaterStore>("mariadb", mariadb_high_water)),
                         adapter_name);

}  // namespace
}  // namespace flotilla::contract
