// What every store of cached values owes, and what a Cache makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/error.hpp"
#include "cluster/cache/cache.hpp"
#include "contract/makers/memory_cache.hpp"
#include "contract/makers/redis.hpp"
#include "contract/makers/servers.hpp"
#include "contract/until.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {
namespace {

using namespace std::chrono_literals;
using cluster::Cache;
using cluster::CacheStore;
using cluster::Millis;
using testing::UnorderedElementsAre;
using Value = std::optional<std::string>;

struct Adapter {
  const char* name;
  /// For keys below `prefix`, which ends with a colon.
  std::function<std::shared_ptr<CacheStore>(test::Loop&, const std::string& prefix)> make;
};

std::shared_ptr<CacheStore> near_of(const std::shared_ptr<redis::RedisNearCache>& near) {
  return {near, near->store().get()};  // lives as long as the link
}

void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }

const Adapter kAdapters[] = {
    {"memory", [](test::Loop&, const std::string&) { return memory_cache(); }},
    {"memory_near", [](test::Loop&, const std::string&) { return memory_near_cache(); }},
    {"redis7", [](test::Loop& loop, const std::string&) { return redis_cache(loop, server("redis7")); }},
    {"redis8", [](test::Loop& loop, const std::string&) { return redis_cache(loop, server("redis8")); }},
    {"redis7_near",
     [](test::Loop& loop, const std::string& prefix) {
       return near_of(redis_near_cache(loop, server("redis7"), prefix));
     }},
    {"redis8_near",
     [](test::Loop& loop, const std::string& prefix) {
       return near_of(redis_near_cache(loop, server("redis8"), prefix));
     }},
};

class CacheContract : public testing::TestWithParam<Adapter> {
 protected:
  std::string whole(const std::string& key) const { return app + ":" + key; }
  Value get(const std::string& key) { return loop.run(store->get({whole(key)})).at(0); }
  void set(const std::string& key, const std::string& value, std::optional<Millis> ttl = {}) {
    std::vector<CacheStore::Entry> entries{{whole(key), value}};
    loop.run(store->set(std::move(entries), ttl));
  }
  CacheStore::Life life(const std::string& key) { return loop.run(store->life(whole(key))); }
  template <class T>
  std::future<T> start(test::Loop& at, Task<T> task) {
    return boost::asio::co_spawn(at.context(), std::move(task), boost::asio::use_future);
  }
  template <class T>
  T result(std::future<T>& future) {
    if (future.wait_for(60s) != std::future_status::ready) throw std::runtime_error("did not end in time");
    return future.get();
  }

  test::Loop loop, other_loop;
  const std::string app = fresh_app();
  std::shared_ptr<CacheStore> store = GetParam().make(loop, app + ":");
};

TEST_P(CacheContract, AnswersOneValueAKeyInTheirOrder) {
  std::vector<CacheStore::Entry> entries{{whole("a"), "1"}, {whole("b"), "\"two\""}};
  loop.run(store->set(std::move(entries), {}));
  const std::vector<Value> expected{"\"two\"", std::nullopt, "1", "\"two\""};
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(loop.run(store->get({whole("b"), whole("x"), whole("a"), whole("b")})), expected);
  EXPECT_TRUE(loop.run(store->get({})).empty());
  loop.run(store->set({}, {}));
  EXPECT_EQ(loop.run(store->erase({})), 0);
}

TEST_P(CacheContract, AnyKeyAndAnyText) {
  const std::string keys[] = {
      "", " ", "a b\nc", "*?[x]\\", "Zürich", std::string("nul\0nul", 7), std::string(1'000, 'k')};
  for (const std::string& key : keys) {
    const std::string value = "\"" + std::to_string(key.size()) + "\xc3\xbc\"";
    set(key, value);
    EXPECT_EQ(get(key), value) << key;
  }
  EXPECT_EQ(loop.run(store->keys(whole(""))).size(), std::size(keys));
  const std::string large = "\"" + std::string(1 << 20, 'x') + "\"";
  set("large", large);
  EXPECT_EQ(get("large"), large);
  EXPECT_EQ(get("large"), large);
}

TEST_P(CacheContract, EraseCountsWhatWasThere) {
  set("a", "1");
  set("b", "1");
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(loop.run(store->erase({whole("a"), whole("x"), whole("b")})), 2);
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(loop.run(store->erase({whole("a")})), 0);
}

TEST_P(CacheContract, AWriteReplacesValueAndLife) {
  set("k", "1", 60s);
  const CacheStore::Life first = life("k");
  EXPECT_TRUE(first.present);
  EXPECT_FALSE(first.forever);
  EXPECT_GT(first.left, 0ms);
  EXPECT_LE(first.left, 60s);
  set("k", "2");
  EXPECT_EQ(get("k"), "2");
  EXPECT_TRUE(life("k").forever);
  set("k", "3", 0ms);
  EXPECT_TRUE(life("k").forever);
  EXPECT_FALSE(life("none").present);
}

TEST_P(CacheContract, ALifeEndsWhenItShouldAndNotBefore) {
  const auto before = std::chrono::steady_clock::now();
  set("k", "1", 300ms);
  ASSERT_TRUE(until([&] { return get("k") == std::nullopt; }));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 290ms)
      << "clocks of two processes may differ by their granularity";
  EXPECT_FALSE(life("k").present);
  EXPECT_TRUE(loop.run(store->keys(whole(""))).empty());
}

TEST_P(CacheContract, KeysOfAPrefixAndNoPattern) {
  for (const char* key : {"a:1", "a:2", "ab:1", "[a]:1", "*:1"}) set(key, "1");
  EXPECT_THAT(loop.run(store->keys(whole("a:"))), UnorderedElementsAre(whole("a:1"), whole("a:2")));
  EXPECT_THAT(loop.run(store->keys(whole("[a]"))), UnorderedElementsAre(whole("[a]:1")));
  EXPECT_THAT(loop.run(store->keys(whole("*:"))), UnorderedElementsAre(whole("*:1")));
  EXPECT_TRUE(loop.run(store->keys(whole("x"))).empty());
}

TEST_P(CacheContract, EditsAnObjectAndKeepsItsLife) {
  loop.run(store->edit_object(whole("o"), "a", "1"));
  EXPECT_TRUE(life("o").forever);
  set("o", R"({"a":{"deep":[1,2]}})", 60s);
  loop.run(store->edit_object(whole("o"), "b", "\"x\""));
  EXPECT_EQ(json::parse(*get("o")), json::parse(R"({"a":{"deep":[1,2]},"b":"x"})"));
  EXPECT_FALSE(life("o").forever);
  loop.run(store->edit_object(whole("o"), "a", {}));
  loop.run(store->edit_object(whole("o"), "missing", {}));
  EXPECT_EQ(json::parse(*get("o")), json::parse(R"({"b":"x"})"));
  loop.run(store->edit_object(whole("none"), "a", {}));
  EXPECT_FALSE(life("none").present) << "removing makes nothing";
}

TEST_P(CacheContract, RefusesToEditWhatIsNoObject) {
  set("k", "[1]");
  for (const auto& value : {Value("1"), Value()}) {
    try {
      loop.run(store->edit_object(whole("k"), "a", value));
      ADD_FAILURE() << "must throw";
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
      EXPECT_NE(std::string(error.what()).find(whole("k")), std::string::npos);
    }
  }
  EXPECT_EQ(get("k"), "[1]");
}

TEST_P(CacheContract, FiftyTasksEditOneObjectAtATimeAndNoneIsLost) {
  Cache cache(store, app);
  JsonObject before;
  for (int i = 0; i < 25; ++i) before["old" + std::to_string(i)] = i;
  loop.run(cache.set("o", before));
  std::vector<std::future<void>> edits;
  for (int i = 0; i < 50; ++i) {
    test::Loop& at = i % 2 ? loop : other_loop;
    const std::string number = std::to_string(i / 2);
    edits.push_back(start(at, i < 25 ? cache.del_in_object("o", "old" + std::to_string(i))
                                     : cache.set_in_object("o", "new" + std::to_string(i), i)));
  }
  for (auto& edit : edits) result(edit);
  const Json after = *loop.run(cache.get("o"));
  EXPECT_EQ(after.get_object().size(), 25u);
  for (int i = 25; i < 50; ++i) EXPECT_EQ(after.at("new" + std::to_string(i)), Json(i));
  EXPECT_EQ(loop.run(cache.get_in_object("o", "new30")), Json(30));
  EXPECT_EQ(loop.run(cache.get_in_object("o", "old3")), std::nullopt);
}

TEST_P(CacheContract, AnyJsonComesBackAsItWas) {
  Cache cache(store, app);
  const Json values[] = {1,
                         -1.5,
                         "text \"quoted\" \xc3\xbc",
                         true,
                         false,
                         nullptr,
                         JsonArray{1, "a", nullptr},
                         JsonObject{{"a", JsonObject{{"b", 1}}}},
                         INT64_MAX,
                         UINT64_MAX,
                         ""};
  for (const Json& value : values) {
    loop.run(cache.set("k", value));
    EXPECT_EQ(loop.run(cache.get("k")), value);
  }
}

TEST_P(CacheContract, WrapComputesOnceForManyWaiters) {
  Cache cache(store, app);
  std::atomic<int> computed{0};
  const Cache::Compute compute = [&computed]() -> Task<Json> {
    ++computed;
    boost::asio::steady_timer soon(co_await boost::asio::this_coro::executor, 20ms);
    co_await soon.async_wait(boost::asio::use_awaitable);
    co_return JsonObject{{"n", 7}};
  };
  std::vector<std::future<Json>> waiting;
  for (int i = 0; i < 100; ++i)
    waiting.push_back(start(i % 2 ? loop : other_loop, cache.wrap("k", compute, Millis(60'000))));
  for (auto& one : waiting) EXPECT_EQ(result(one), (Json{{"n", 7}}));
  EXPECT_EQ(loop.run(cache.wrap("k", compute)), (Json{{"n", 7}}));
  EXPECT_EQ(computed, 1);
  EXPECT_FALSE(loop.run(cache.ttl("k")).forever);
}

TEST_P(CacheContract, AFailedComputationIsNotKept) {
  Cache cache(store, app);
  EXPECT_THROW(loop.run(cache.wrap("k",
                                   []() -> Task<Json> {
                                     throw Error(500, "no");
                                     co_return 1;
                                   })),
               Error);
  EXPECT_THROW(loop.run(cache.wrap("k", []() -> Task<Json> { co_return nullptr; })), Error);
  EXPECT_FALSE(life("k").present);
  EXPECT_EQ(loop.run(cache.wrap("k", []() -> Task<Json> { co_return 2; })), Json(2));
  EXPECT_EQ(get("k"), "2");
}

TEST_P(CacheContract, WrapWithCondition) {
  Cache cache(store, app);
  int computed = 0;
  const auto give = [&](Json value) -> Cache::Compute {
    return [&computed, value]() -> Task<Json> {
      ++computed;
      co_return value;
    };
  };
  loop.run(cache.set("k", 0));
  EXPECT_EQ(loop.run(cache.wrap_with_condition("k", give(1), {})), Json(1)) << "0 is no hit";
  EXPECT_EQ(loop.run(cache.wrap_with_condition("k", give(2), {})), Json(1));
  EXPECT_EQ(loop.run(cache.wrap_with_condition("k", give(3), {.use_cache = false})), Json(3));
  EXPECT_EQ(get("k"), "1");
  EXPECT_EQ(computed, 2);
  Cache::Conditions picky;
  picky.cacheable = [](const Json& value) { return value.is_string(); };
  EXPECT_EQ(loop.run(cache.wrap_with_condition("p", give(4), picky)), Json(4));
  EXPECT_FALSE(life("p").present);
  EXPECT_EQ(loop.run(cache.wrap_with_condition("p", give(""), picky)), Json(""));
  EXPECT_EQ(get("p"), "\"\"");
}

TEST_P(CacheContract, ResetLeavesOtherPrefixesAlone) {
  Cache roles(store, app + ":roles"), similar(store, app + ":roles2");
  for (int i = 0; i < 1'500; ++i) loop.run(roles.set(std::to_string(i), i));
  loop.run(similar.set("1", 1));
  set("roles", "1");
  EXPECT_EQ(loop.run(roles.keys()).size(), 1'500u);
  EXPECT_THAT(loop.run(roles.keys("14?0")).size(), 10u);
  EXPECT_EQ(loop.run(roles.get("7")), Json(7));
  loop.run(roles.reset());
  EXPECT_TRUE(loop.run(roles.keys()).empty());
  EXPECT_EQ(loop.run(roles.get("7")), std::nullopt);
  EXPECT_EQ(loop.run(similar.get("1")), Json(1));
  EXPECT_EQ(get("roles"), "1");
}

INSTANTIATE_TEST_SUITE_P(Stores, CacheContract, testing::ValuesIn(kAdapters),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace flotilla::contract
