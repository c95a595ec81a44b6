// What the stores in Redis do beyond the contracts of their interfaces, and what only Redis could get wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/bloom_header.hpp"
#include "adapters/redis/redis_bloom_store.hpp"
#include "base/json.hpp"
#include "contract/makers/redis.hpp"
#include "contract/makers/servers.hpp"
#include "lib/cpp/loop.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using namespace std::chrono_literals;
using cluster::CacheStore;
using redis::Command;
using redis::Reply;
using testing::UnorderedElementsAre;

class RedisStores : public testing::TestWithParam<const char*> {
 protected:
  Reply ask(Command command) { return loop.run(client->command(std::move(command))); }
  std::string url() const { return server(GetParam()); }

  test::Loop loop;
  const std::string app = fresh_app();
  std::shared_ptr<redis::RedisClient> client = redis_client(loop, url());
};

template <class Call>
int status_of(Call call) {
  try {
    call();
    return 0;
  } catch (const Error& error) {
    return error.status();
  }
}

TEST_P(RedisStores, APrefixWithPatternCharactersMatchesOnlyItself) {
  auto cache = redis_cache(loop, url());
  const std::string odd = app + ":*[ab]?\\:";
  std::vector<CacheStore::Entry> entries{
      {odd + "in", "1"}, {app + ":xax\\:out", "2"}, {app + ":*a?\\:out", "3"}};
  loop.run(cache->set(entries, std::nullopt));
  EXPECT_THAT(loop.run(cache->keys(odd)), UnorderedElementsAre(odd + "in"));
  EXPECT_EQ(loop.run(cache->keys(app + ":")).size(), 3u);
}

TEST_P(RedisStores, ThousandsOfKeysAreListedOnce) {
  auto cache = redis_cache(loop, url());
  std::vector<CacheStore::Entry> entries;
  for (int i = 0; i < 5'000; ++i) entries.push_back({app + ":" + std::to_string(i), "v"});
  loop.run(cache->set(entries, std::nullopt));
  auto keys = loop.run(cache->keys(app + ":"));
  std::ranges::sort(keys);
  EXPECT_EQ(keys.size(), 5'000u);
  EXPECT_TRUE(std::ranges::adjacent_find(keys) == keys.end());
  EXPECT_EQ(loop.run(cache->erase(keys)), 5'000);
}

TEST_P(RedisStores, ManyValuesWithALifeAreSetTogether) {
  auto cache = redis_cache(loop, url());
  std::vector<CacheStore::Entry> entries{{app + ":a", "1"}, {app + ":b", "2"}};
  loop.run(cache->set(entries, 60s));
  EXPECT_GT(ask({"PTTL", app + ":a"}).integer(), 30'000);
  EXPECT_GT(ask({"PTTL", app + ":b"}).integer(), 30'000);
  loop.run(cache->set(entries, std::nullopt));
  EXPECT_EQ(ask({"PTTL", app + ":a"}).integer(), -1) << "a new value has no left-over life";
}

TEST_P(RedisStores, EditingKeepsNumbersEmptyArraysAndTheLife) {
  auto cache = redis_cache(loop, url());
  const std::string key = app + ":object";
  std::vector<CacheStore::Entry> entries{
      {key, R"({"big":9007199254740993,"list":[],"map":{},"half":0.5,"text":"\u00e9"})"}};
  loop.run(cache->set(entries, 60s));
  loop.run(cache->edit_object(key, "new", "[]"));
  loop.run(cache->edit_object(key, "half", std::nullopt));
  const Json whole = json::parse(ask({"GET", key}).text());
  EXPECT_EQ(whole, json::parse(R"({"big":9007199254740993,"list":[],"map":{},"text":"\u00e9","new":[]})"));
  EXPECT_GT(ask({"PTTL", key}).integer(), 30'000);
}

TEST_P(RedisStores, ManyEditorsOfOneObjectLoseNothing) {
  auto one = redis_cache(loop, url()), two = redis_cache(loop, url());
  const std::string key = app + ":object";
  auto edit = [&](int i) -> Task<void> {
    co_await (i % 2 ? one : two)->edit_object(key, "m" + std::to_string(i), std::to_string(i));
  };
  TaskGroup group(loop.executor());
  for (int i = 0; i < 60; ++i) group.spawn("edit", edit(i));
  loop.run(group.wait());
  const Json whole = json::parse(ask({"GET", key}).text());
  EXPECT_EQ(whole.as_object().size(), 60u);
}

TEST_P(RedisStores, EditingWhatIsNoObjectIsRefused) {
  auto cache = redis_cache(loop, url());
  ask({"RPUSH", app + ":list", "x"});
  ask({"SET", app + ":text", "[1]"});
  for (const char* key : {":list", ":text"})
    EXPECT_EQ(status_of([&] { loop.run(cache->edit_object(app + key, "a", "1")); }), 400) << key;
  EXPECT_EQ(ask({"GET", app + ":text"}).text(), "[1]");
}

TEST_P(RedisStores, CountersKeepAllOfTheir64Bits) {
  auto counters = redis_counters(loop, url());
  const std::string key = app + ":n";
  EXPECT_EQ(loop.run(counters->add(key, 9'007'199'254'740'992, 60s)), 9'007'199'254'740'992);
  EXPECT_EQ(loop.run(counters->add(key, 1, 60s)), 9'007'199'254'740'993);
  EXPECT_EQ(status_of([&] { loop.run(counters->add(key, INT64_MAX, 60s)); }), 500);
  EXPECT_EQ(loop.run(counters->get(key)), 9'007'199'254'740'993);
}

TEST_P(RedisStores, ACounterThatReachesZeroIsNotAFreshOne) {
  auto counters = redis_counters(loop, url());
  const std::string key = app + ":n";
  loop.run(counters->add(key, 5, std::nullopt));
  loop.run(counters->add(key, -5, 50ms));
  EXPECT_EQ(loop.run(counters->add(key, 3, 50ms)), 3);
  EXPECT_EQ(ask({"PTTL", key}).integer(), -1) << "the add that made it gave it no life";
}

TEST_P(RedisStores, ABloomFilterMadeAgainInAnotherShapeIsUsedInThatShape) {
  auto one = redis_blooms(loop, url()), two = redis_blooms(loop, url());
  const std::string key = app + ":bloom";
  loop.run(one->reserve(key, 0.01, 1'000));
  loop.run(one->add(key, {"a"}));
  EXPECT_TRUE(loop.run(two->exists(key, "a")));
  ask({"DEL", key});
  EXPECT_FALSE(loop.run(one->exists(key, "a")));
  EXPECT_EQ(status_of([&] { loop.run(two->add(key, {"a"})); }), 404);
  loop.run(two->reserve(key, 0.0001, 50'000));
  loop.run(two->add(key, {"b"}));
  EXPECT_TRUE(loop.run(one->exists(key, "b"))) << "this store still believed the first shape";
  EXPECT_FALSE(loop.run(one->exists(key, "a")));
  loop.run(one->reserve(key, 0.01, 10));
  EXPECT_TRUE(loop.run(one->exists(key, "b"))) << "a filter that exists stays as it is";
}

TEST_P(RedisStores, ABloomFilterHasItsSizeAndItsRate) {
  auto blooms = redis_blooms(loop, url());
  const std::string key = app + ":bloom";
  constexpr int kCapacity = 10'000;
  loop.run(blooms->reserve(key, 0.01, kCapacity));
  const auto shape = cluster::BloomShape::of(0.01, kCapacity);
  EXPECT_EQ(ask({"STRLEN", key}).integer(),
            static_cast<std::int64_t>((redis::kBloomFirstBit + shape.bits + 7) / 8));
  std::vector<std::string> values;
  for (int i = 0; i < kCapacity; ++i) values.push_back("in" + std::to_string(i));
  loop.run(blooms->add(key, values));
  int wrong = 0;
  auto look = [&]() -> Task<void> {
    for (int i = 0; i < kCapacity; i += 10)
      if (!co_await blooms->exists(key, "in" + std::to_string(i))) ADD_FAILURE() << i << " was forgotten";
    for (int i = 0; i < 2'000; ++i) wrong += co_await blooms->exists(key, "out" + std::to_string(i));
  };
  loop.run(look);
  EXPECT_LE(wrong, 45) << "1 % of 2,000 is 20; more than 45 has a chance below one in a million";
}

TEST_P(RedisStores, AKeyOfAnotherKindIsNoBloomFilter) {
  auto blooms = redis_blooms(loop, url());
  ask({"SET", app + ":text", "hello"});
  EXPECT_EQ(status_of([&] { loop.run(blooms->add(app + ":text", {"a"})); }), 500);
  EXPECT_EQ(ask({"GET", app + ":text"}).text(), "hello");
  EXPECT_EQ(status_of([&] { loop.run(blooms->reserve(app + ":huge", 0.000'001, 1'000'000'000)); }), 400);
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisStores, testing::Values("redis7", "redis8"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace flotilla::contract
