#include "cluster/lock/locks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <map>
#include <mutex>
#include <optional>

#include "cluster/lock/key_queues.hpp"
#include "cluster/lock/lease_belief.hpp"
#include "cluster/unavailable.hpp"
#include "lib/cpp/loop.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::cluster::test {
namespace {

using flotilla::test::Loop;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

Monotonic now() { return std::chrono::steady_clock::now(); }

bool eventually(const std::function<bool()>& condition) {
  const auto end = now() + 30s;
  while (!condition()) {
    if (now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// Leases in memory, counted on the monotonic clock; can be down, and lose its answers. Thread-safe.
class FakeStore final : public LockStore {
 public:
  Task<Attempt> try_take(std::string key, std::string owner, Millis ttl) override {
    std::lock_guard lock(mutex_);
    ++asked_;
    fail_if(down_);
    Lease& lease = leases_[key];
    if (lease.until > now()) co_return Attempt{false, 0, std::chrono::ceil<Millis>(lease.until - now())};
    lease = {owner, now() + ttl};
    const FencingToken token = ++token_;
    fail_if(answers_lost_);
    co_return Attempt{true, token, Millis{0}};
  }
  Task<bool> extend(std::string key, std::string owner, Millis ttl) override {
    std::lock_guard lock(mutex_);
    ++extended_;
    fail_if(down_);
    Lease& lease = leases_[key];
    if (lease.owner != owner || lease.until <= now()) co_return false;
    lease.until = now() + ttl;
    co_return true;
  }
  Task<bool> release(std::string key, std::string owner) override {
    bool mine = false;
    {
      std::lock_guard lock(mutex_);
      fail_if(down_);
      const auto found = leases_.find(key);
      mine = found != leases_.end() && found->second.owner == owner && found->second.until > now();
      if (mine) leases_.erase(found);
      ++released_;
    }
    freed_.notify();
    co_return mine;
  }
  Task<void> wait_released(std::string, Millis wait) override {
    const Wakeup::Version seen = freed_.version();
    co_await freed_.wait(seen, wait);
  }

  void go_down(bool down) { down_ = down; }
  void lose_answers(bool lose) { answers_lost_ = lose; }
  /// Somebody else takes what is held.
  void steal(const std::string& key) {
    std::lock_guard lock(mutex_);
    leases_[key] = {"thief", now() + 1h};
  }
  bool held(const std::string& key) {
    std::lock_guard lock(mutex_);
    return leases_.contains(key) && leases_[key].until > now();
  }
  int asked() const { return asked_; }
  int extended() const { return extended_; }
  int released() const { return released_; }

 private:
  struct Lease {
    std::string owner;
    Monotonic until{};
  };
  static void fail_if(bool down) {
    if (down) throw Unavailable(Unavailable::Why::network, "the fake", "it is down");
  }
  std::mutex mutex_;
  Wakeup freed_;
  std::map<std::string, Lease> leases_;
  FencingToken token_ = 0;
  std::atomic<bool> down_{false}, answers_lost_{false};
  std::atomic<int> asked_{0}, extended_{0}, released_{0};
};

/// co_spawn wants a result that can be made of nothing.
Task<std::optional<Lock>> optional(Task<Lock> task) { co_return co_await std::move(task); }

class LocksTest : public testing::Test {
 protected:
  Lock take(const std::string& key, Millis ttl = 60s) { return *loop.run(optional(locks.acquire(key, ttl))); }
  std::string refusal(Millis wait, Millis ttl = 60s) {
    try {
      loop.run(optional(locks.try_acquire("k", wait, ttl)));
    } catch (const Error& error) {
      return error.what();
    }
    return "granted";
  }

  Loop loop;
  std::shared_ptr<FakeStore> store = std::make_shared<FakeStore>();
  Locks locks{loop.executor(), store, "main", Random::system()};
};

TEST_F(LocksTest, TokensOfGrantsRise) {
  Lock first = take("k");
  EXPECT_TRUE(first.valid());
  EXPECT_TRUE(store->held("main:lock:k"));
  loop.run(first.release());
  EXPECT_FALSE(first.valid());
  Lock second = take("k");
  EXPECT_GT(second.token(), first.token());
}

TEST_F(LocksTest, WhoWillNotWaitIsToldAtOnceAndWhoWaitsInVainAfterIt) {
  Lock held = take("k");
  EXPECT_THAT(refusal(0ms), HasSubstr("lock is locked"));
  const Monotonic begun = now();
  EXPECT_THAT(refusal(30ms), HasSubstr("lock acquire timed out"));
  EXPECT_GE(now() - begun, 30ms);
}

TEST_F(LocksTest, TtlsOutsideTheLimitsAreRefused) {
  EXPECT_THAT(refusal(0ms, 9ms), HasSubstr("lock: ttl takes 10 to 86400000 ms, got 9"));
  EXPECT_THAT(refusal(0ms, 25h), HasSubstr("got 90000000"));
  EXPECT_EQ(store->asked(), 0);
}

TEST_F(LocksTest, AWaiterIsWokenByTheRelease) {
  Lock held = take("k");
  auto waiting = boost::asio::co_spawn(loop.context(), optional(locks.try_acquire("k", 60s, 60s)),
                                       boost::asio::use_future);
  ASSERT_TRUE(eventually([&] { return store->asked() >= 2; }));
  const Monotonic begun = now();
  loop.run(held.release());
  EXPECT_TRUE(waiting.get()->valid());
  EXPECT_LT(now() - begun, 4s) << "it looks by itself after five seconds";
}

TEST_F(LocksTest, WaitersOfANodeComeInTheirOrderAndAskOneAtATime) {
  std::optional<Lock> held = take("k");
  std::vector<int> order;
  std::vector<std::future<void>> waiting;
  auto wait = [&](int n) -> Task<void> {
    Lock lock = co_await locks.acquire("k", 60s);
    order.push_back(n);
    co_await lock.release();
  };
  for (int n = 0; n < 5; ++n)
    waiting.push_back(boost::asio::co_spawn(loop.context(), wait(n), boost::asio::use_future));
  ASSERT_TRUE(eventually([&] { return store->asked() >= 2; }));
  EXPECT_EQ(store->asked(), 2) << "one is enough";
  loop.run(held->release());
  for (auto& each : waiting) each.get();
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(LocksTest, ATtlThatIsOverFreesTheKey) {
  Lock held = take("k", 30ms);
  Lock next = take("k");
  EXPECT_FALSE(held.valid());
  EXPECT_TRUE(next.valid());
  EXPECT_THROW(loop.run(held.extend(1s)), LockNotAcquired);
  loop.run(held.release());
  EXPECT_TRUE(store->held("main:lock:k")) << "a late release does not free another one's lock";
}

TEST_F(LocksTest, ReleasingTwiceIsNoError) {
  Lock held = take("k");
  loop.run(held.release());
  loop.run(held.release());
  EXPECT_EQ(store->released(), 1);
}

TEST_F(LocksTest, ALockThatGoesOutOfScopeIsReleased) {
  {
    Lock held = take("k");
  }
  EXPECT_TRUE(eventually([&] { return !store->held("main:lock:k"); }));
}

TEST_F(LocksTest, AMovedLockIsReleasedOnceAndTheOneItReplacesToo) {
  Lock a = take("a");
  Lock b = take("b");
  a = std::move(b);
  EXPECT_TRUE(eventually([&] { return !store->held("main:lock:a"); }));
  EXPECT_TRUE(a.valid());
  EXPECT_EQ(a.key(), "b");
}

TEST_F(LocksTest, AGrantWhoseAnswerWasLostIsGivenBack) {
  store->lose_answers(true);
  EXPECT_THROW(take("k"), Unavailable);
  store->lose_answers(false);
  EXPECT_TRUE(eventually([&] { return !store->held("main:lock:k"); }));
}

TEST_F(LocksTest, ExclusiveWorkIsRenewedAndTheLockReleased) {
  std::atomic<bool> kept{false};
  Locks::Work work = [&](FencingToken token, Cancellation lost) -> Task<void> {
    EXPECT_GT(token, 0);
    EXPECT_FALSE(co_await lost.wait(Millis{200}));
    kept = store->held("main:lock:k");
  };
  loop.run(locks.run_exclusive("k", work, 60ms));
  EXPECT_TRUE(kept);
  EXPECT_GE(store->extended(), 3);
  EXPECT_FALSE(store->held("main:lock:k"));
}

TEST_F(LocksTest, ExclusiveWorkThatThrowsReleasesAndItsErrorComesOut) {
  Locks::Work work = [](FencingToken, Cancellation) -> Task<void> {
    throw bad_request("no");
    co_return;
  };
  EXPECT_THROW(loop.run(locks.run_exclusive("k", work, 60s)), Error);
  EXPECT_FALSE(store->held("main:lock:k"));
}

TEST_F(LocksTest, WorkWhoseLockIsLostIsCancelledAndSaysSo) {
  std::atomic<bool> told{false};
  Locks::Work work = [&](FencingToken, Cancellation lost) -> Task<void> {
    store->steal("main:lock:k");
    told = co_await lost.wait(Millis{30'000});
  };
  EXPECT_THROW(loop.run(locks.run_exclusive("k", work, 60ms)), LockLost);
  EXPECT_TRUE(told);
  EXPECT_TRUE(store->held("main:lock:k")) << "the thief's";
}

TEST_F(LocksTest, AStoreThatIsAwayForLongerThanTheTtlLosesTheLock) {
  std::atomic<bool> told{false};
  Locks::Work work = [&](FencingToken, Cancellation lost) -> Task<void> {
    store->go_down(true);
    told = co_await lost.wait(Millis{30'000});
  };
  EXPECT_THROW(loop.run(locks.run_exclusive("k", work, 60ms)), LockLost);
  EXPECT_TRUE(told);
}

TEST_F(LocksTest, AStoreThatIsAwayForAMomentDoesNot) {
  Locks::Work work = [&](FencingToken, Cancellation lost) -> Task<void> {
    const int extended = store->extended();
    store->go_down(true);
    while (store->extended() == extended) co_await lost.wait(Millis{1});
    store->go_down(false);
    EXPECT_FALSE(co_await lost.wait(Millis{400}));
  };
  loop.run(locks.run_exclusive("k", work, 300ms));
  EXPECT_FALSE(store->held("main:lock:k"));
}

TEST_F(LocksTest, AStoreThatIsAwayIsAnErrorAtOnce) {
  store->go_down(true);
  EXPECT_THROW(take("k"), Unavailable);
  EXPECT_THROW(loop.run(optional(locks.try_acquire("k", 60s, 60s))), Unavailable);
}

TEST(LeaseBelief, EndsBeforeTheLeaseOnAnyClockThatIsLessThanATenthOff) {
  const Monotonic asked{1000s};
  for (const Millis ttl : {10ms, 100ms, 500ms, 10'000ms}) {
    const LeaseBelief belief(asked, ttl);
    EXPECT_TRUE(belief.holds(asked));
    EXPECT_LE(belief.until(), asked + ttl - std::min(50ms, ttl / 10));
    EXPECT_FALSE(belief.holds(belief.until()));
  }
  EXPECT_FALSE(LeaseBelief().holds(asked));
}

TEST(KeyQueues, WhoLeavesFromTheMiddleIsNoLongerWaitedFor) {
  KeyQueues queues;
  const auto a = queues.join("k"), b = queues.join("k"), c = queues.join("k"), other = queues.join("o");
  EXPECT_TRUE(queues.first("k", a));
  EXPECT_FALSE(queues.first("k", b));
  EXPECT_TRUE(queues.first("o", other));
  queues.leave("k", b);
  const Wakeup::Version seen = c->turn.version();
  queues.leave("k", a);
  EXPECT_TRUE(queues.first("k", c));
  EXPECT_NE(c->turn.version(), seen) << "it was woken";
  queues.leave("k", c);
  queues.leave("k", c);
  EXPECT_FALSE(queues.first("k", c));
}

}  // namespace
}  // namespace flotilla::cluster::test
