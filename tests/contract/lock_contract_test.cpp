// What every LockStore promises: see cluster/lock/lock_store.hpp.
#include <set>

#include "adapters/memory/memory_lock_store.hpp"
#include "contract/adapters.hpp"
#include "contract/makers/redis_cluster.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using cluster::LockStore;
using cluster::Millis;

std::shared_ptr<LockStore> memory_locks(test::Loop&, const std::string& app) {
  // One process: its nodes are one store.
  static std::map<std::string, std::shared_ptr<LockStore>> stores;
  std::shared_ptr<LockStore>& store = stores[app];
  if (!store) store = std::make_shared<memory::MemoryLockStore>();
  return store;
}

class LockContract : public Contract<LockStore> {
 protected:
  std::string key(const std::string& name = "key") const { return app + ":lock:" + name; }
  LockStore::Attempt take(LockStore& store, const std::string& owner, Millis ttl = Millis{20'000},
                          std::string name = "key") {
    return loop.run(store.try_take(key(name), owner, ttl));
  }
  /// Waits for the lease of somebody else to end.
  LockStore::Attempt take_when_free(LockStore& store, const std::string& owner, Millis ttl) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
      const LockStore::Attempt attempt = take(store, owner, ttl);
      if (attempt.granted || std::chrono::steady_clock::now() > deadline) return attempt;
      loop.run(store.wait_released(key(), Millis{20}));
    }
  }
};

TEST_P(LockContract, OneOfTwoGetsIt) {
  const auto a = node(), b = node();
  const LockStore::Attempt first = take(*a, "a"), second = take(*b, "b");
  EXPECT_TRUE(first.granted);
  EXPECT_GT(first.token, 0);
  EXPECT_FALSE(second.granted);
  EXPECT_GT(second.held_for, Millis{0});
  EXPECT_LE(second.held_for, Millis{20'000});
}

TEST_P(LockContract, AskingAgainIsTheSameGrant) {
  const auto a = node();
  const LockStore::Attempt first = take(*a, "a"), again = take(*a, "a");
  EXPECT_TRUE(again.granted);
  EXPECT_EQ(again.token, first.token);
}

TEST_P(LockContract, OnlyTheOwnerReleasesAndTwiceIsNothing) {
  const auto a = node(), b = node();
  ASSERT_TRUE(take(*a, "a").granted);
  EXPECT_FALSE(loop.run(b->release(key(), "b")));
  EXPECT_FALSE(take(*b, "b").granted);
  EXPECT_TRUE(loop.run(a->release(key(), "a")));
  EXPECT_FALSE(loop.run(a->release(key(), "a")));
  EXPECT_TRUE(take(*b, "b").granted);
}

TEST_P(LockContract, TheTtlFiresWhateverTheHolderDoes) {
  const auto a = node(), b = node();
  const LockStore::Attempt first = take(*a, "a", Millis{150});
  ASSERT_TRUE(first.granted);
  const LockStore::Attempt second = take_when_free(*b, "b", Millis{20'000});
  EXPECT_TRUE(second.granted);
  EXPECT_GT(second.token, first.token);
}

TEST_P(LockContract, ExtendingKeepsALeaseAndNeverRevivesOne) {
  const auto a = node(), b = node();
  ASSERT_TRUE(take(*a, "a", Millis{2'000}).granted);
  EXPECT_TRUE(loop.run(a->extend(key(), "a", Millis{60'000})));
  EXPECT_GT(take(*b, "b").held_for, Millis{10'000});
  EXPECT_FALSE(loop.run(b->extend(key(), "b", Millis{60'000})));
  EXPECT_TRUE(loop.run(a->extend(key(), "a", Millis{50})));
  ASSERT_TRUE(take_when_free(*b, "b", Millis{100}).granted);
  EXPECT_FALSE(loop.run(a->extend(key(), "a", Millis{60'000})));
  ASSERT_TRUE(take_when_free(*a, "c", Millis{60'000}).granted);
  EXPECT_FALSE(loop.run(b->extend(key(), "b", Millis{60'000}))) << "a lapsed lease came back";
}

TEST_P(LockContract, TokensRiseStrictlyOverAllNodes) {
  const auto a = node(), b = node();
  cluster::FencingToken last = 0;
  for (int i = 0; i < 100; ++i) {
    const auto& store = i % 2 == 0 ? a : b;
    const std::string owner = "owner" + std::to_string(i);
    const LockStore::Attempt attempt = take(*store, owner);
    ASSERT_TRUE(attempt.granted);
    ASSERT_GT(attempt.token, last);
    last = attempt.token;
    ASSERT_TRUE(loop.run(store->release(key(), owner)));
  }
}

TEST_P(LockContract, AReleaseWakesWhoWaitsOnAnotherNode) {
  const auto a = node(), b = node();
  ASSERT_TRUE(take(*a, "a", Millis{60'000}).granted);
  const auto begun = std::chrono::steady_clock::now();
  auto wait = [&]() -> Task<void> {
    TaskGroup releasing(co_await boost::asio::this_coro::executor);
    auto release = [&]() -> Task<void> {
      boost::asio::steady_timer soon(co_await boost::asio::this_coro::executor, Millis{100});
      co_await soon.async_wait(boost::asio::use_awaitable);
      co_await a->release(key(), "a");
    };
    releasing.spawn("release", release());
    for (;;) {
      const LockStore::Attempt attempt = co_await b->try_take(key(), "b", Millis{60'000});
      if (attempt.granted) break;
      co_await b->wait_released(key(), Millis{30'000});
    }
    co_await releasing.wait();
  };
  loop.run(wait);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15)) << "it waited for the ttl";
}

TEST_P(LockContract, KeysHaveAnyCharacterAndApplicationsAreApart) {
  const auto a = node();
  for (const std::string name :
       {"with space", "ünï€", "a:b/c.d*?[x]", "{tag}", std::string(200, 'k').c_str()}) {
    EXPECT_TRUE(take(*a, "a", Millis{20'000}, name).granted) << name;
    EXPECT_FALSE(take(*a, "b", Millis{20'000}, name).granted) << name;
  }
  app = fresh_app();
  const auto other = node();
  EXPECT_TRUE(take(*other, "a", Millis{20'000}, "with space").granted);
}

/// Adds one to a number that is not guarded by anything else, with a pause between reading and writing.
Task<void> increment(LockStore& store, std::string key, std::string owner, int& number, int times) {
  for (int i = 0; i < times; ++i) {
    const std::string me = owner + std::to_string(i);
    while (!(co_await store.try_take(key, me, Millis{60'000})).granted)
      co_await store.wait_released(key, Millis{5'000});
    const int read = number;
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor, Millis{1});
    co_await pause.async_wait(boost::asio::use_awaitable);
    number = read + 1;
    co_await store.release(key, me);
  }
}

TEST_P(LockContract, EightNodesDoNotOverlap) {
  constexpr int kNodes = 8, kTimes = 10;
  std::vector<std::shared_ptr<LockStore>> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(node());
  int number = 0;
  auto all = [&]() -> Task<void> {
    TaskGroup crowd(co_await boost::asio::this_coro::executor);
    for (int i = 0; i < kNodes; ++i)
      crowd.spawn("node", increment(*nodes[static_cast<std::size_t>(i)], key(), "n" + std::to_string(i) + "-",
                                    number, kTimes));
    co_await crowd.wait();
  };
  loop.run(all, std::chrono::seconds(120));
  EXPECT_EQ(number, kNodes * kTimes);
}

INSTANTIATE_TEST_SUITE_P(Adapters, LockContract,
                         testing::Values(Adapter<LockStore>{"memory", memory_locks},
                                         Adapter<LockStore>{"sqlite", sqlite_locks},
                                         at_server<LockStore>("postgres", postgres_locks),
                                         at_server<LockStore>("mariadb", mariadb_locks),
                                         at_server<LockStore>("redis7", redis_locks),
                                         at_server<LockStore>("redis8", redis_locks)),
                         adapter_name);

}  // namespace
}  // namespace flotilla::contract
