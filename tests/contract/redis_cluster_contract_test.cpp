// What locks, signals and worker ids in Redis do beyond the contracts of their interfaces, and what only
// Redis could get wrong: forgotten keys, restarts, old snapshots.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "adapters/redis/redis_lock_store.hpp"
#include "contract/makers/redis_cluster.hpp"
#include "contract/on_redis.hpp"
#include "contract/own_redis.hpp"
#include "contract/until.hpp"

namespace flotilla::contract {
namespace {

using namespace std::chrono_literals;
using cluster::LockStore;
using cluster::Millis;
using cluster::SignalPosition;
using cluster::WorkerIdStore;
using redis::Command;
using redis::Reply;

class RedisLocks : public OnServers {
 protected:
  LockStore::Attempt take(const std::string& key, const std::string& owner, Millis ttl = 60s) {
    return loop.run(store->try_take(key, owner, ttl));
  }
  const std::string key = app + ":lock:k";
  std::shared_ptr<LockStore> store = redis_locks(loop, url(), app);
};

TEST_P(RedisLocks, NoNameOfALockIsAnotherOnesToken) {
  for (const char* tail : {"", ":token", ":token:token", ":meta"})
    EXPECT_TRUE(take(key + tail, "a").granted) << tail;
  for (const char* tail : {"", ":token", ":token:token", ":meta"})
    EXPECT_FALSE(take(key + tail, "b").granted) << tail;
}

TEST_P(RedisLocks, AnOwnerIsItsWholeName) {
  ASSERT_TRUE(take(key, "a b").granted);
  EXPECT_TRUE(take(key, "a b").granted);
  EXPECT_FALSE(take(key, "a").granted);
  EXPECT_FALSE(loop.run(store->release(key, "a")));
  EXPECT_FALSE(loop.run(store->extend(key, "a", 1s)));
  EXPECT_TRUE(loop.run(store->release(key, "a b")));
}

TEST_P(RedisLocks, TokensRiseAlsoAfterTheServerForgotTheLastOne) {
  const LockStore::Attempt first = take(key, "a");
  std::vector<std::string> all;
  for (const Reply& one : ask({"KEYS", app + ":*"}).items()) all.push_back(one.text());
  ASSERT_FALSE(all.empty());
  for (const std::string& one : all) ask({"DEL", one});
  const LockStore::Attempt second = take(key, "b");
  ASSERT_TRUE(second.granted);
  EXPECT_GT(second.token, first.token);
}

TEST_P(RedisLocks, AFreeLockLeavesOnlyItsTokenAndThatNotForEver) {
  const LockStore::Attempt first = take(key, "a");
  ASSERT_TRUE(loop.run(store->release(key, "a")));
  int found = 0;
  for (const Reply& one : ask({"KEYS", app + ":*"}).items()) {
    ++found;
    const std::int64_t left = ask({"PTTL", one.text()}).integer();
    EXPECT_GT(left, Millis(24h).count() * 29) << one.text();
    EXPECT_LE(left, redis::RedisLockStore::kTokenKept.count() + Millis(1h).count()) << one.text();
  }
  EXPECT_EQ(found, 1);
  EXPECT_GT(take(key, "b").token, first.token);
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisLocks, redis_servers, redis_server_name);

/// A server of our own, which may be flushed, and killed and started again with what it saved.
class RedisWorkerIds : public testing::Test {
 protected:
  ~RedisWorkerIds() override { std::filesystem::remove_all(dir); }

  WorkerIdStore::Grant acquire(const std::string& node, Millis lease) {
    return loop.run(store(node).acquire(node, lease));
  }
  /// Until there is a place.
  int acquire_some(const std::string& node, Millis lease) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::steady_clock::now() < deadline) {
      const WorkerIdStore::Grant grant = acquire(node, lease);
      if (grant.worker) return *grant.worker;
      pause(loop, 50ms);
    }
    ADD_FAILURE() << "no place for " << node;
    return -1;
  }
  bool renew(const std::string& node, int worker, Millis lease) {
    return loop.run(store(node).renew(node, worker, lease));
  }
  /// Every node is a process of its own.
  WorkerIdStore& store(const std::string& node) {
    auto& one = stores[node];
    if (!one) one = redis_worker_ids(loop, server.url(), "app");
    return *one;
  }
  Reply ask(Command command) {
    return loop.run(redis_client(loop, server.url())->command(std::move(command)));
  }
  /// As if the machine had crashed: only what was saved is there. Its clients connect again by themselves.
  void crash() {
    server.kill();
    server.start();
    for (auto& [node, one] : stores) {
      EXPECT_TRUE(until([&] {
        try {
          loop.run(one->release("nobody", 31));
          return true;
        } catch (const cluster::Unavailable&) {
          return false;
        }
      }));
    }
  }
  /// `a` has lapsed and `b` has its place, as all the others are taken.
  int pass_on(const std::string& a, const std::string& b) {
    const int place = acquire_some(a, 400ms);
    for (int i = 1; i < cluster::kWorkerIds; ++i) {
      const std::string other = "n" + std::to_string(i);
      EXPECT_TRUE(loop.run(store("others").acquire(other, 600s)).worker) << other;
    }
    before_passing();
    EXPECT_EQ(acquire_some(b, 600s), place);
    return place;
  }

  std::function<void()> before_passing = [] {};
  const std::filesystem::path dir = std::filesystem::temp_directory_path() / fresh_app();
  const bool made = std::filesystem::create_directory(dir);
  OwnRedis server{{"--dir", dir.string()}};
  test::Loop loop;
  std::map<std::string, std::shared_ptr<WorkerIdStore>> stores;
};

TEST_F(RedisWorkerIds, AServerWithoutMemoryGivesNothingForALeaseAndTheGrace) {
  const WorkerIdStore::Grant grant = acquire("a", 10s);
  EXPECT_FALSE(grant.worker);
  EXPECT_GT(grant.retry_after, 10s);
  EXPECT_LE(grant.retry_after, 10s + cluster::kWorkerIdGrace);
}

TEST_F(RedisWorkerIds, WhoGivesBackAPlaceFirstDoesNotShortenThatTime) {
  loop.run(store("gone").release("gone", 3));
  EXPECT_GT(acquire("a", 10s).retry_after, 5s);
}

TEST_F(RedisWorkerIds, TheLongestLeaseThatIsHeardOfCounts) {
  EXPECT_LT(acquire("a", 1s).retry_after, 3s);
  EXPECT_GT(acquire("b", 30s).retry_after, 20s);
  EXPECT_GT(acquire("a", 1s).retry_after, 20s);
}

TEST_F(RedisWorkerIds, HoldersKeepTheirPlacesWhenTheServerIsFlushed) {
  const int a = acquire_some("a", 3s), b = acquire_some("b", 3s);
  ask({"FLUSHALL"});
  EXPECT_FALSE(acquire("c", 3s).worker);
  EXPECT_TRUE(renew("b", b, 3s));
  EXPECT_TRUE(renew("a", a, 3s));
  EXPECT_EQ(acquire("a", 3s).worker, a) << "it was heard of since";
  // a and b live on while c waits.
  std::optional<int> c;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!c && std::chrono::steady_clock::now() < deadline) {
    EXPECT_TRUE(renew("a", a, 3s));
    EXPECT_TRUE(renew("b", b, 3s));
    c = acquire("c", 3s).worker;
    pause(loop, 100ms);
  }
  ASSERT_TRUE(c);
  EXPECT_NE(*c, a);
  EXPECT_NE(*c, b);
}

TEST_F(RedisWorkerIds, ALapsedHolderDoesNotTakeItsOldPlaceFromALivingOneOfAFlushedServer) {
  const int place = pass_on("a", "b");
  ask({"FLUSHALL"});
  EXPECT_FALSE(renew("a", place, 400ms)) << "b lives, it has only not reported yet";
  EXPECT_FALSE(acquire("a", 400ms).worker);
  EXPECT_TRUE(renew("b", place, 600s));
}

TEST_F(RedisWorkerIds, AnOldSnapshotDoesNotGiveAPlaceBackToALapsedHolder) {
  before_passing = [&] { ask({"SAVE"}); };
  const int place = pass_on("a", "b");
  crash();
  ASSERT_EQ(ask({"EXISTS", "app:worker-ids"}).integer(), 1) << "the snapshot was not loaded";
  EXPECT_FALSE(acquire("a", 400ms).worker) << "the snapshot says that the place is a's";
  EXPECT_FALSE(renew("a", place, 400ms));
  EXPECT_TRUE(renew("b", place, 600s)) << "b lives";
  EXPECT_FALSE(renew("a", place, 400ms));
}

TEST_F(RedisWorkerIds, PlacesAreNotKeptForLongerThanALeaseWhenTheClockIsSetBack) {
  const int a = acquire_some("a", 1s);
  // What a clock that was an hour ahead has left.
  const std::string held = ask({"HGET", "app:worker-ids", std::to_string(a)}).text();
  const std::int64_t ahead = std::strtoll(held.c_str(), nullptr, 10) + Millis(1h).count();
  ask({"HSET", "app:worker-ids", std::to_string(a), std::to_string(ahead) + held.substr(held.find(' '))});
  for (int i = 1; i < cluster::kWorkerIds; ++i)
    ASSERT_TRUE(loop.run(store("others").acquire("n" + std::to_string(i), 600s)).worker);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(acquire_some("b", 600s), a);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1s) << "never shortened";
}

class RedisSignals : public RedisWorkerIds {};

TEST_F(RedisSignals, ARestartIsAnotherEpochWhetherOrNotTheServerKeptItsData) {
  for (const bool saved : {false, true}) {
    const auto log = redis_signals(loop, server.url(), "app" + std::to_string(saved));
    SignalPosition last;
    for (int i = 0; i < 3; ++i) last = loop.run(log->append("c", "before"));
    if (saved) ask({"SAVE"});
    EXPECT_EQ(loop.run(log->newest("c")), last);
    server.kill();
    server.start();
    std::vector<cluster::SignalBatch> batches;
    EXPECT_TRUE(until([&] {
      try {
        batches = loop.run(log->read({{"c", last}}, 50ms));
        return true;
      } catch (const cluster::Unavailable&) {
        return false;
      }
    }));
    ASSERT_EQ(batches.size(), 1u) << saved;
    EXPECT_NE(batches[0].newest.epoch, last.epoch) << saved;
    EXPECT_EQ(batches[0].signals.size(), saved ? 3u : 0u);
    const SignalPosition next = loop.run(log->append("c", "after"));
    EXPECT_EQ(next.number, saved ? 4u : 1u);
    EXPECT_NE(next.epoch, last.epoch);
  }
}

TEST_F(RedisSignals, AFlushIsAnotherEpoch) {
  const auto log = redis_signals(loop, server.url(), "app");
  const SignalPosition last = loop.run(log->append("c", "1"));
  ask({"FLUSHALL"});
  std::vector<cluster::SignalBatch> batches = loop.run(log->read({{"c", last}}, 50ms));
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_NE(batches[0].newest.epoch, last.epoch);
  const SignalPosition next = loop.run(log->append("c", "2"));
  EXPECT_EQ(next.number, 1u);
  EXPECT_NE(next.epoch, last.epoch);
}

}  // namespace
}  // namespace flotilla::contract
