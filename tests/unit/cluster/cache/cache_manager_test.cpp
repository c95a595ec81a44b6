#include "cluster/cache/cache_manager.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "unit/cluster/cache/support.hpp"

namespace flotilla::cluster {
namespace {

/// Remembers the keys that it was asked about.
class Counters : public CounterStore {
 public:
  std::string key;
  std::optional<Millis> ttl;
  Task<std::int64_t> add(std::string k, std::int64_t by, std::optional<Millis> t) override {
    key = k, ttl = t;
    co_return total += by;
  }
  Task<std::int64_t> get(std::string k) override {
    key = k;
    co_return total;
  }
  Task<void> reset(std::string k) override {
    key = k, total = 0;
    co_return;
  }
  std::int64_t total = 0;
};

class Blooms : public BloomStore {
 public:
  std::string key;
  std::vector<std::string> added;
  Task<void> reserve(std::string k, double, std::int64_t) override {
    key = k;
    co_return;
  }
  Task<void> add(std::string k, std::vector<std::string> values) override {
    key = k;
    added.insert(added.end(), values.begin(), values.end());
    co_return;
  }
  Task<bool> exists(std::string k, std::string value) override {
    key = k;
    co_return value == "here";
  }
};

class CacheManagerTest : public testing::Test {
 protected:
  std::shared_ptr<test::FakeStore> memory = std::make_shared<test::FakeStore>();
  std::shared_ptr<test::FakeStore> redis = std::make_shared<test::FakeStore>();
  std::shared_ptr<Counters> counters = std::make_shared<Counters>();
  std::shared_ptr<Blooms> blooms = std::make_shared<Blooms>();
  CacheManager manager{
      "main", {{"memory", {memory, counters, blooms}}, {"redis", {redis, counters, blooms}}}, "redis"};
  test::Loop loop;
};

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 500);
    return error.what();
  }
  return "nothing was thrown";
}

TEST_F(CacheManagerTest, KeysOnTheWire) {
  loop.run(manager.create("main")->set("k", 1));
  loop.run(manager.create("auth", "authenticators")->set("k", 2));
  EXPECT_EQ(redis->values,
            (std::map<std::string, std::string>{{"main:k", "1"}, {"main:authenticators:k", "2"}}));
}

TEST_F(CacheManagerTest, OneCacheANameAndTheFirstCallerDecides) {
  const auto first = manager.create("auth", "a", "memory");
  EXPECT_EQ(manager.create("auth", "b", "redis"), first);
  EXPECT_EQ(manager.get("auth"), first);
  EXPECT_EQ(first->prefix(), "main:a");
  loop.run(first->set("k", 1));
  EXPECT_TRUE(memory->values.contains("main:a:k"));
}

TEST_F(CacheManagerTest, ErrorsAsInNocoBase) {
  EXPECT_EQ(message_of([this] { manager.get("nobody"); }), "Get cache failed, nobody is not found");
  const std::string unknown = "Create cache failed, store type [disk] is unavailable or not registered";
  EXPECT_EQ(message_of([this] { manager.create("x", "", "disk"); }), unknown);
  EXPECT_EQ(message_of([this] { manager.get("x"); }), "Get cache failed, x is not found");
  EXPECT_EQ(message_of([this] { manager.counter("x", "disk"); }), unknown);
  EXPECT_EQ(message_of([this] { manager.bloom_filter("disk"); }), unknown);
  EXPECT_EQ(message_of([] { CacheManager("main", {}, "disk"); }), unknown);
}

TEST_F(CacheManagerTest, CountersAndFiltersAreBelowTheAppAndApartFromCaches) {
  Counter counter = manager.counter("login");
  EXPECT_EQ(loop.run(counter.incr("u1", Millis(500))), 1);
  EXPECT_EQ(counters->key, "main.counter:login:u1");
  EXPECT_EQ(counters->ttl, Millis(500));
  EXPECT_EQ(loop.run(counter.incrby("u1", 5)), 6);
  EXPECT_EQ(loop.run(counter.get("u1")), 6);
  loop.run(counter.reset("u1"));
  EXPECT_EQ(loop.run(counter.get("u1")), 0);

  BloomFilter filter = manager.bloom_filter();
  loop.run(filter.reserve("token-black-list", 0.001, 1'000'000));
  EXPECT_EQ(blooms->key, "main.bloom:token-black-list");
  loop.run(filter.add("token-black-list", "a"));
  loop.run(filter.madd("token-black-list", {"b", "c"}));
  EXPECT_EQ(blooms->added, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(loop.run(filter.exists("token-black-list", "here")));
  EXPECT_FALSE(loop.run(filter.exists("token-black-list", "a")));

  for (const std::string& key : {counters->key, blooms->key}) EXPECT_FALSE(key.starts_with("main:"));
}

}  // namespace
}  // namespace flotilla::cluster
