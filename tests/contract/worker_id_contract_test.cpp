// What every WorkerIdStore promises: see cluster/worker_id/worker_id_store.hpp.
#include <set>

#include "contract/adapters.hpp"
#include "contract/makers/redis_cluster.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using cluster::Millis;
using cluster::WorkerIdStore;

class WorkerIdContract : public Contract<WorkerIdStore> {
 protected:
  /// Also waits where a store that is used for the first time does (Redis).
  WorkerIdStore::Grant acquire(WorkerIdStore& store, const std::string& name, Millis lease) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      const WorkerIdStore::Grant grant = loop.run(store.acquire(name, lease));
      if (grant.worker || grant.retry_after == Millis{0} || std::chrono::steady_clock::now() > deadline)
        return grant;
      boost::asio::steady_timer later(loop.context(), std::min(grant.retry_after, Millis{200}));
      auto sleep = [&]() -> Task<void> { co_await later.async_wait(boost::asio::use_awaitable); };
      loop.run(sleep);
    }
  }
  static constexpr Millis kShort{1'500};
};

TEST_P(WorkerIdContract, ThirtyTwoNodesHaveThirtyTwoIdsAndTheNextIsTold) {
  const auto store = node();
  std::set<int> ids;
  // With a short lease, as a store that waits at its first use does so for one.
  const WorkerIdStore::Grant first = acquire(*store, "n0", kShort);
  ASSERT_TRUE(first.worker);
  ASSERT_TRUE(loop.run(store->renew("n0", *first.worker, Millis{60'000})));
  ids.insert(*first.worker);
  // The rest at once, from several nodes.
  const auto second = node();
  auto crowd = [&]() -> Task<void> {
    TaskGroup tasks(co_await boost::asio::this_coro::executor);
    auto join = [&](WorkerIdStore& place, std::string name) -> Task<void> {
      const WorkerIdStore::Grant grant = co_await place.acquire(name, Millis{60'000});
      EXPECT_TRUE(grant.worker) << name;
      if (!grant.worker) co_return;
      EXPECT_GE(*grant.worker, 0);
      EXPECT_LT(*grant.worker, cluster::kWorkerIds);
      ids.insert(*grant.worker);
    };
    for (int i = 1; i < cluster::kWorkerIds; ++i)
      tasks.spawn("join", join(i % 2 ? *store : *second, "n" + std::to_string(i)));
    co_await tasks.wait();
  };
  loop.run(crowd);
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(cluster::kWorkerIds));
  const WorkerIdStore::Grant refused = acquire(*second, "n32", Millis{60'000});
  EXPECT_FALSE(refused.worker);
  EXPECT_EQ(refused.retry_after, Millis{0});
  // A place that is given back is given again.
  loop.run(store->release("n5", *acquire(*store, "n5", Millis{60'000}).worker));
  EXPECT_TRUE(acquire(*second, "n32", Millis{60'000}).worker);
}

TEST_P(WorkerIdContract, TheSameNodeGetsItsOwn) {
  const auto store = node();
  const WorkerIdStore::Grant first = acquire(*store, "a", kShort);
  ASSERT_TRUE(first.worker);
  EXPECT_EQ(acquire(*store, "a", kShort).worker, first.worker);
}

TEST_P(WorkerIdContract, APlaceIsTheHoldersUntilItsLeaseAndTheGraceAreOver) {
  const auto store = node(), other = node();
  // All but one are held for long, so that the one must be taken.
  const WorkerIdStore::Grant held = acquire(*store, "short", kShort);
  const auto granted_at = std::chrono::steady_clock::now();
  ASSERT_TRUE(held.worker);
  for (int i = 1; i < cluster::kWorkerIds; ++i)
    ASSERT_TRUE(acquire(*store, "n" + std::to_string(i), Millis{300'000}).worker) << i;
  EXPECT_TRUE(loop.run(store->renew("short", *held.worker, kShort)));
  WorkerIdStore::Grant taken;
  while (!taken.worker && std::chrono::steady_clock::now() - granted_at < std::chrono::seconds(30)) {
    taken = acquire(*other, "late", Millis{300'000});
    boost::asio::steady_timer later(loop.context(), Millis{50});
    auto sleep = [&]() -> Task<void> { co_await later.async_wait(boost::asio::use_awaitable); };
    loop.run(sleep);
  }
  EXPECT_EQ(taken.worker, held.worker);
  EXPECT_GE(std::chrono::steady_clock::now() - granted_at, kShort + cluster::kWorkerIdGrace);
  EXPECT_FALSE(loop.run(store->renew("short", *held.worker, kShort))) << "somebody else has it";
}

INSTANTIATE_TEST_SUITE_P(Adapters, WorkerIdContract,
                         testing::Values(Adapter<WorkerIdStore>{"sqlite", sqlite_worker_ids},
                                         at_server<WorkerIdStore>("postgres", postgres_worker_ids),
                                         at_server<WorkerIdStore>("mariadb", mariadb_worker_ids),
                                         at_server<WorkerIdStore>("redis7", redis_worker_ids),
                                         at_server<WorkerIdStore>("redis8", redis_worker_ids)),
                         adapter_name);

}  // namespace
}  // namespace flotilla::contract
