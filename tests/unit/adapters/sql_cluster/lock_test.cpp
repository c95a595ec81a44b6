#include <algorithm>

#include "adapters/sql/sql_lock.hpp"
#include "support.hpp"

namespace flotilla::sql::test {
namespace {

using Attempt = cluster::LockStore::Attempt;

constexpr Millis kTtl{1'000};
constexpr Millis kLong{600'000};

class SqlLock : public testing::Test {
 protected:
  Attempt take(SqlLockStore& store, const std::string& key, const std::string& owner, Millis ttl = kTtl) {
    return fleet.loop.run(store.try_take(key, owner, ttl));
  }
  Attempt take(const std::string& key, const std::string& owner, Millis ttl = kTtl) {
    return take(store, key, owner, ttl);
  }
  bool extend(const std::string& key, const std::string& owner, Millis ttl = kTtl) {
    return fleet.loop.run(store.extend(key, owner, ttl));
  }
  bool release(const std::string& key, const std::string& owner) {
    return fleet.loop.run(store.release(key, owner));
  }

  Fleet fleet{2};
  ManualClock clock;
  ManualClock wall{2'000'000};
  SqlLockStore store{fleet.node(), {}, clock, wall};
};

TEST_F(SqlLock, IsGrantedToOneAtATime) {
  EXPECT_TRUE(take("a", "first").granted);
  clock.advance(400);
  const Attempt refused = take("a", "second");
  EXPECT_FALSE(refused.granted);
  EXPECT_EQ(refused.held_for, Millis(600));
  EXPECT_TRUE(take("b", "second").granted);
}

TEST_F(SqlLock, EndsByItsTtlAndIsNotRevived) {
  EXPECT_TRUE(take("a", "first").granted);
  clock.advance(999);
  EXPECT_TRUE(extend("a", "first"));
  clock.advance(1'000);
  EXPECT_FALSE(extend("a", "first"));
  EXPECT_FALSE(release("a", "first"));
  EXPECT_TRUE(take("a", "second").granted);
  EXPECT_FALSE(extend("a", "first"));
  EXPECT_FALSE(release("a", "first"));
  EXPECT_FALSE(take("a", "third").granted);
}

TEST_F(SqlLock, ReleaseIsForTheOwnerAndOnce) {
  EXPECT_TRUE(take("a", "first").granted);
  EXPECT_FALSE(release("a", "second"));
  EXPECT_TRUE(release("a", "first"));
  EXPECT_FALSE(release("a", "first"));
  EXPECT_FALSE(extend("a", "first"));
  EXPECT_FALSE(release("never heard of", "first"));
  EXPECT_TRUE(take("a", "second").granted);
}

TEST_F(SqlLock, AskingAgainAfterALostReplyGivesTheSameGrant) {
  const Attempt lost = take("a", "first");
  clock.advance(500);
  const Attempt again = take("a", "first");
  EXPECT_TRUE(again.granted);
  EXPECT_EQ(again.token, lost.token);
  EXPECT_EQ(take("a", "second").held_for, kTtl) << "the lease counts from the second question";
  clock.advance(1'000);
  const Attempt late = take("a", "first");
  EXPECT_TRUE(late.granted);
  EXPECT_GT(late.token, lost.token) << "a lapsed lease is another one";
}

TEST_F(SqlLock, TokensRiseWhateverTheWallClockDoes) {
  cluster::FencingToken last = 0;
  for (int i = 0; i < 20; ++i) {
    wall.advance(i % 2 == 0 ? 5'000 : -9'000);
    const Attempt attempt = take("a", "owner " + std::to_string(i));
    ASSERT_TRUE(attempt.granted);
    EXPECT_GT(attempt.token, last);
    last = attempt.token;
    ASSERT_TRUE(release("a", "owner " + std::to_string(i)));
  }
}

TEST_F(SqlLock, TokensAreAtLeastTheWallClocksMicroseconds) {
  EXPECT_EQ(take("a", "first").token, 2'000'000'000);
  wall.advance(10);
  clock.advance(kTtl.count());
  EXPECT_EQ(take("a", "second").token, 2'000'010'000);
  clock.advance(kTtl.count());
  EXPECT_EQ(take("a", "third").token, 2'000'010'001);
}

TEST_F(SqlLock, TokensRiseAfterTheKeyWasForgotten) {
  const Attempt before = take("a", "first");
  EXPECT_TRUE(take("held", "first", kLong * 20).granted);
  EXPECT_TRUE(release("a", "first"));
  EXPECT_EQ(fleet.loop.run(store.forget_free()), 0) << "it is free for too short a time";
  clock.advance(3'600'000);
  EXPECT_EQ(fleet.loop.run(store.forget_free()), 1);
  EXPECT_EQ(fleet.number("SELECT count(*) FROM flotilla_locks"), 1);
  wall.advance(-1'999'999);
  EXPECT_GT(take("a", "second").token, before.token);
  EXPECT_GT(take("never seen", "second").token, before.token);
}

TEST_F(SqlLock, ReleasesForgetNowAndThen) {
  SqlLockStore eager(fleet.node(), {.keep_free = Millis(0)}, clock, wall);
  for (int i = 0; i < 600; ++i) {
    const std::string key = "key " + std::to_string(i);
    ASSERT_TRUE(take(eager, key, "o").granted);
    ASSERT_TRUE(fleet.loop.run(eager.release(key, "o")));
  }
  EXPECT_LT(fleet.number("SELECT count(*) FROM flotilla_locks"), 100);
}

TEST_F(SqlLock, AClockSetBackDoesNotKeepADeadHoldersLockForLonger) {
  EXPECT_TRUE(take("a", "dead").granted);
  clock.advance(-900'000);
  EXPECT_EQ(take("a", "second").held_for, kTtl);
  clock.advance(999);
  EXPECT_FALSE(take("a", "second").granted);
  clock.advance(1);
  EXPECT_TRUE(take("a", "second").granted);
}

TEST_F(SqlLock, RefusesKeysAndOwnersThatItCannotKeep) {
  EXPECT_EQ(status_of([&] { take("", "o"); }), 400);
  EXPECT_EQ(status_of([&] { take(std::string(513, 'k'), "o"); }), 400);
  EXPECT_EQ(status_of([&] { take(std::string("k\0k", 3), "o"); }), 400);
  EXPECT_EQ(status_of([&] { take("k", ""); }), 400);
  EXPECT_TRUE(take(std::string(512, 'k'), "o").granted);
  EXPECT_TRUE(take("'; \" % ä \n ?", "o").granted);
}

// The waits below end by the event or not at all: polls and waits are longer than the test may take.
TEST_F(SqlLock, AWaiterOfTheSameProcessIsWokenWithoutPolling) {
  SqlLockStore quiet(fleet.node(), {.poll = kLong}, clock, wall);
  ASSERT_TRUE(take(quiet, "a", "first").granted);
  auto waiting =
      boost::asio::co_spawn(fleet.loop.context(), quiet.wait_released("a", kLong), boost::asio::use_future);
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  EXPECT_TRUE(fleet.other.run(quiet.release("a", "first")));
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_F(SqlLock, AWaiterOfAnotherProcessSeesTheRelease) {
  SqlLockStore there(fleet.node(1), {}, clock, wall);
  ASSERT_TRUE(take("a", "first").granted);
  auto waiting =
      boost::asio::co_spawn(fleet.loop.context(), there.wait_released("a", kLong), boost::asio::use_future);
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  EXPECT_TRUE(fleet.other.run(store.release("a", "first")));
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_F(SqlLock, AWaiterNoticesThatTheKeyChangedHands) {
  SqlLockStore there(fleet.node(1), {.poll = Millis(200)}, clock, wall);
  ASSERT_TRUE(take("a", "first").granted);
  auto waiting =
      boost::asio::co_spawn(fleet.loop.context(), there.wait_released("a", kLong), boost::asio::use_future);
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  EXPECT_TRUE(fleet.other.run(store.release("a", "first")));
  EXPECT_TRUE(fleet.other.run(store.try_take("a", "second", kTtl)).granted);
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_F(SqlLock, WaitingForAFreeKeyOrForTooLongEnds) {
  SqlLockStore quiet(fleet.node(), {.poll = kLong}, clock, wall);
  fleet.loop.run(quiet.wait_released("never held", kLong));
  ASSERT_TRUE(take(quiet, "a", "first").granted);
  ASSERT_TRUE(fleet.loop.run(quiet.release("a", "first")));
  fleet.loop.run(quiet.wait_released("a", kLong));
  ASSERT_TRUE(take(quiet, "a", "second").granted);
  fleet.loop.run(quiet.wait_released("a", Millis(20)));
  clock.advance(kTtl.count());
  fleet.loop.run(quiet.wait_released("a", kLong));
}

TEST(SqlLockCrowd, ExcludesAcrossProcessesWhileKeysAreForgotten) {
  constexpr int kNodes = 4, kTasks = 8, kRounds = 25, kKeys = 2;
  Fleet fleet(kNodes);
  std::vector<std::unique_ptr<SqlLockStore>> stores;
  for (int i = 0; i < kNodes; ++i)
    stores.push_back(std::make_unique<SqlLockStore>(
        fleet.node(i), SqlLockOptions{.poll = Millis(3), .keep_free = Millis(0)}));
  struct Key {
    std::atomic<int> inside{0};
    std::vector<cluster::FencingToken> tokens;  // written under the lock
  };
  Key keys[kKeys];
  std::atomic<int> overlaps{0};
  std::atomic<std::int64_t> forgotten{0};
  Crowd crowd(fleet);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      SqlLockStore& store = *stores[task % kNodes];
      for (int round = 0; round < kRounds; ++round) {
        const std::string key = std::to_string((task + round) % kKeys);
        const std::string owner = std::to_string(task) + "." + std::to_string(round);
        Key& mine = keys[(task + round) % kKeys];
        for (;;) {
          const Attempt attempt = co_await store.try_take(key, owner, kLong);
          if (attempt.granted) {
            if (mine.inside++ != 0) ++overlaps;
            mine.tokens.push_back(attempt.token);
            --mine.inside;
            break;
          }
          co_await store.wait_released(key, attempt.held_for);
        }
        if (!co_await store.release(key, owner)) ++overlaps;
        if (round % 5 == 0) forgotten += co_await store.forget_free();
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(overlaps, 0);
  EXPECT_GT(forgotten, 0);
  std::size_t grants = 0;
  for (const Key& key : keys) {
    grants += key.tokens.size();
    EXPECT_TRUE(std::ranges::is_sorted(key.tokens));
    EXPECT_EQ(std::ranges::adjacent_find(key.tokens), key.tokens.end()) << "a token was given twice";
  }
  EXPECT_EQ(grants, static_cast<std::size_t>(kTasks * kRounds));
}

}  // namespace
}  // namespace flotilla::sql::test
