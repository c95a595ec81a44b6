#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/error.hpp"
#include "cluster/cache/cache.hpp"
#include "unit/cluster/cache/support.hpp"

namespace flotilla::cluster {
namespace {

using test::begin;
using test::result;

class CacheWrap : public testing::Test {
 protected:
  Cache::Compute counted(Json value) {
    return [this, value = std::move(value)]() -> Task<Json> {
      ++computed;
      co_return value;
    };
  }
  Cache::Compute gated(Json value) {
    return [this, value = std::move(value)]() -> Task<Json> {
      ++computed;
      co_await gate.pass();
      co_return value;
    };
  }
  Cache::Compute failing() {
    return [this]() -> Task<Json> {
      ++computed;
      co_await gate.pass();
      throw Error(500, "computed badly");
    };
  }
  Json wrap(const std::string& key, Cache::Compute compute) {
    return loop.run(cache->wrap(key, std::move(compute)));
  }

  std::atomic<int> computed{0};
  std::shared_ptr<test::FakeStore> store = std::make_shared<test::FakeStore>();
  std::shared_ptr<Cache> cache = std::make_shared<Cache>(store, "main");
  test::Gate gate;
  test::Loop loop, loop2, loop3;
};

TEST_F(CacheWrap, ComputesOnceAndKeepsWithTheLife) {
  EXPECT_EQ(loop.run(cache->wrap("k", counted(7), Millis(1500))), Json(7));
  EXPECT_EQ(wrap("k", counted(8)), Json(7));
  EXPECT_EQ(computed, 1);
  EXPECT_EQ(store->values["main:k"], "7");
  EXPECT_EQ(store->lives["main:k"].left, Millis(1500));
}

TEST_F(CacheWrap, FalseZeroAndEmptyAreHits) {
  for (const char* text : {"0", "false", "\"\"", "{}"}) {
    store->values["main:k"] = text;
    EXPECT_EQ(wrap("k", counted(1)), json::parse(text));
  }
  EXPECT_EQ(computed, 0);
}

TEST_F(CacheWrap, ANullOrBrokenTextCountsAsMissing) {
  for (const char* text : {"null", "{broken", ""}) {
    store->values["main:k"] = text;
    EXPECT_EQ(wrap("k", counted("new")), Json("new"));
    EXPECT_EQ(store->values["main:k"], "\"new\"");
  }
  EXPECT_EQ(computed, 3);
}

TEST_F(CacheWrap, OneComputationForManyWaitersOnSeveralLoops) {
  std::vector<std::future<Json>> waiting;
  for (test::Loop* at : {&loop, &loop2, &loop3})
    for (int i = 0; i < 20; ++i) waiting.push_back(begin(*at, cache->wrap("k", gated(7))));
  EXPECT_EQ(computed, 1);
  gate.open();
  for (auto& one : waiting) EXPECT_EQ(result(one), Json(7));
  EXPECT_EQ(computed, 1);
  EXPECT_EQ(store->gets, 1) << "who waits does not ask the store either";
  EXPECT_EQ(store->sets, 1);
}

TEST_F(CacheWrap, ComputesOnTheFirstCallersExecutor) {
  std::promise<std::thread::id> expected;
  boost::asio::post(loop2.context(), [&] { expected.set_value(std::this_thread::get_id()); });
  std::thread::id ran;
  loop2.run(cache->wrap("k", [&ran]() -> Task<Json> {
    ran = std::this_thread::get_id();
    co_return 1;
  }));
  EXPECT_EQ(ran, expected.get_future().get());
}

TEST_F(CacheWrap, AFailureThrowsToAllAndIsNotKept) {
  std::vector<std::future<Json>> waiting;
  for (test::Loop* at : {&loop, &loop2})
    for (int i = 0; i < 5; ++i) waiting.push_back(begin(*at, cache->wrap("k", failing())));
  gate.open();
  for (auto& one : waiting) {
    try {
      result(one);
      ADD_FAILURE() << "must throw";
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "computed badly");
    }
  }
  EXPECT_EQ(computed, 1);
  EXPECT_TRUE(store->values.empty());
  EXPECT_EQ(wrap("k", counted(2)), Json(2));
}

TEST_F(CacheWrap, NullIsNotCacheable) {
  try {
    wrap("k", counted(nullptr));
    ADD_FAILURE() << "must throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 500);
    EXPECT_STREQ(error.what(), "\"null\" is not a cacheable value");
  }
  EXPECT_TRUE(store->values.empty());
}

TEST_F(CacheWrap, WithoutAStoreItComputesOnceForAllWhoWait) {
  store->down = true;
  auto one = begin(loop, cache->wrap("k", gated(7)));
  auto two = begin(loop2, cache->wrap("k", gated(7)));
  gate.open();
  EXPECT_EQ(result(one), Json(7));
  EXPECT_EQ(result(two), Json(7));
  EXPECT_EQ(computed, 1);
  EXPECT_EQ(wrap("k", counted(8)), Json(8)) << "nothing was kept";
  EXPECT_THROW(loop.run(cache->get("k")), Unavailable);
  store->down = false;
  EXPECT_EQ(wrap("k", counted(9)), Json(9));
  EXPECT_EQ(wrap("k", counted(10)), Json(9));
}

TEST_F(CacheWrap, AStoreLostDuringTheComputationCostsNoAnswer) {
  EXPECT_EQ(wrap("k",
                 [this]() -> Task<Json> {
                   store->down = true;
                   co_return 7;
                 }),
            Json(7));
}

TEST_F(CacheWrap, AChangeDuringTheComputationWins) {
  auto old = begin(loop, cache->wrap("k", gated("old")));
  loop2.run(cache->set("k", "changed"));
  auto late = begin(loop2, cache->wrap("k", counted("unused")));
  EXPECT_EQ(result(late), Json("changed")) << "who comes after the change does not wait for the old one";
  gate.open();
  EXPECT_EQ(result(old), Json("old"));
  EXPECT_EQ(store->values["main:k"], "\"changed\"");
}

TEST_F(CacheWrap, AComputationThatBeganWhileAChangeWasOnItsWayDoesNotUndoIt) {
  test::Gate arrive;
  store->before_effect = [&arrive] { return arrive.pass(); };
  auto change = begin(loop, cache->set("k", "changed"));
  auto old = begin(loop2, cache->wrap("k", gated("old")));
  arrive.open();
  result(change);
  auto late = begin(loop, cache->wrap("k", counted("unused")));
  EXPECT_EQ(result(late), Json("changed"));
  gate.open();
  EXPECT_EQ(result(old), Json("old"));
  EXPECT_EQ(store->values["main:k"], "\"changed\"");
}

TEST_F(CacheWrap, WhatWasComputedBeforeADeletionIsNotKept) {
  const auto drops = [this](std::function<Task<void>()> change) {
    test::Gate open;
    auto old = begin(loop, cache->wrap("k", [&open]() -> Task<Json> {
      co_await open.pass();
      co_return "old";
    }));
    loop2.run(change());
    open.open();
    EXPECT_EQ(result(old), Json("old"));
    return !store->values.contains("main:k");
  };
  EXPECT_TRUE(drops([this] { return cache->del("k"); }));
  EXPECT_TRUE(drops([this] { return cache->mdel({"a", "k"}); }));
  EXPECT_TRUE(drops([this] { return cache->reset(); }));
  EXPECT_FALSE(drops([this] { return cache->del("another"); }));
}

TEST_F(CacheWrap, AValueStoredWhileItWasDeletedIsTakenBack) {
  // The store takes the old value and answers late; the deletion reaches it in between, or before it.
  test::Gate stored;
  auto old = begin(loop, cache->wrap("k", [&]() -> Task<Json> {
    store->before_answer = [&stored] { return stored.pass(); };
    co_return "old";
  }));
  store->before_answer = nullptr;
  loop2.run(cache->del("k"));
  {
    std::lock_guard lock(store->mutex);
    store->values["main:k"] = "\"old\"";  // as if the two had arrived the other way round
  }
  stored.open();
  EXPECT_EQ(result(old), Json("old"));
  EXPECT_FALSE(store->values.contains("main:k"));
}

TEST_F(CacheWrap, ADestroyedLeaderIsReplacedByAWaiter) {
  auto doomed = std::make_unique<boost::asio::io_context>();
  boost::asio::co_spawn(*doomed,
                        cache->wrap("k",
                                    [this]() -> Task<Json> {
                                      ++computed;
                                      boost::asio::steady_timer never(
                                          co_await boost::asio::this_coro::executor, std::chrono::hours(1));
                                      co_await never.async_wait(boost::asio::use_awaitable);
                                      co_return 0;
                                    }),
                        [](std::exception_ptr, Json) {});
  doomed->poll();
  ASSERT_EQ(computed, 1);
  auto one = begin(loop, cache->wrap("k", counted(7)));
  auto two = begin(loop2, cache->wrap("k", counted(7)));
  EXPECT_EQ(computed, 1);
  doomed.reset();
  EXPECT_EQ(result(one), Json(7));
  EXPECT_EQ(result(two), Json(7));
  EXPECT_EQ(computed, 2);
}

TEST_F(CacheWrap, ACacheMayGoWhileItComputes) {
  auto running = begin(loop, cache->wrap("k", gated(7)));
  cache.reset();
  gate.open();
  EXPECT_EQ(result(running), Json(7));
  EXPECT_EQ(store->values["main:k"], "7");
}

TEST_F(CacheWrap, ManyRoundsOnThreeLoopsComputeOncePerRound) {
  for (int round = 0; round < 300; ++round) {
    const std::string key = "k" + std::to_string(round);
    std::vector<std::future<Json>> all;
    for (int i = 0; i < 4; ++i)
      for (test::Loop* at : {&loop, &loop2, &loop3})
        all.push_back(
            boost::asio::co_spawn(at->context(), cache->wrap(key, counted(round)), boost::asio::use_future));
    for (auto& one : all) ASSERT_EQ(result(one), Json(round));
    ASSERT_EQ(computed, round + 1);
  }
}

using CacheWrapWithCondition = CacheWrap;

TEST_F(CacheWrapWithCondition, WithoutTheCacheItNeitherReadsNorWrites) {
  store->values["main:k"] = "1";
  EXPECT_EQ(loop.run(cache->wrap_with_condition("k", counted(2), {.use_cache = false})), Json(2));
  EXPECT_EQ(store->values["main:k"], "1");
  EXPECT_EQ(store->gets + store->sets, 0);
}

TEST_F(CacheWrapWithCondition, TruthinessDecidesWhatIsAHitAndWhatIsKept) {
  for (const char* falsy : {"0", "false", "\"\"", "null"}) {
    store->values["main:k"] = falsy;
    EXPECT_EQ(loop.run(cache->wrap_with_condition("k", counted(json::parse(falsy)), {})), json::parse(falsy));
    EXPECT_EQ(store->values["main:k"], falsy);
  }
  EXPECT_EQ(computed, 4);
  EXPECT_EQ(store->sets, 0);
  for (const char* truthy : {"1", "true", "\"x\"", "{}", "[]"}) {
    store->values["main:k"] = truthy;
    EXPECT_EQ(loop.run(cache->wrap_with_condition("k", counted(1), {})), json::parse(truthy));
  }
  EXPECT_EQ(computed, 4);
}

TEST_F(CacheWrapWithCondition, KeepsWhatItIsToldToWithItsLife) {
  Cache::Conditions conditions;
  conditions.cacheable = [](const Json& value) { return value != Json("no"); };
  conditions.ttl = Millis(900);
  loop.run(cache->wrap_with_condition("k", counted("no"), conditions));
  EXPECT_TRUE(store->values.empty());
  loop.run(cache->wrap_with_condition("k", counted("yes"), conditions));
  EXPECT_EQ(store->values["main:k"], "\"yes\"");
  EXPECT_EQ(store->lives["main:k"].left, Millis(900));
}

TEST_F(CacheWrapWithCondition, SharesWhatIsKeptAndNothingElse) {
  auto one = begin(loop, cache->wrap_with_condition("kept", gated(1), {}));
  auto two = begin(loop2, cache->wrap_with_condition("kept", gated(1), {}));
  auto three = begin(loop, cache->wrap_with_condition("not", gated(0), {}));
  auto four = begin(loop2, cache->wrap_with_condition("not", gated(0), {}));
  EXPECT_EQ(computed, 2);
  gate.open();
  for (auto* each : {&one, &two}) EXPECT_EQ(result(*each), Json(1));
  for (auto* each : {&three, &four}) EXPECT_EQ(result(*each), Json(0));
  EXPECT_EQ(computed, 3);
}

TEST_F(CacheWrapWithCondition, WithoutAStoreItComputes) {
  store->down = true;
  EXPECT_EQ(loop.run(cache->wrap_with_condition("k", counted(1), {})), Json(1));
}

}  // namespace
}  // namespace flotilla::cluster
