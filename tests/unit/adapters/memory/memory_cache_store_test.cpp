#include "adapters/memory/memory_cache_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.hpp"
#include "base/json.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::memory {
namespace {

using namespace std::chrono_literals;
using cluster::CacheStore;
using testing::UnorderedElementsAre;
using Value = std::optional<std::string>;

class MemoryCache : public testing::Test {
 protected:
  Value get(const std::string& key) { return loop.run(store.get({key})).at(0); }
  void set(const std::string& key, const std::string& value, std::optional<cluster::Millis> ttl = {}) {
    std::vector<CacheStore::Entry> entries{{key, value}};
    loop.run(store.set(std::move(entries), ttl));
  }

  cluster::Monotonic now{std::chrono::hours(1)};
  MemoryCacheStore store{3, [this] { return now; }};
  test::Loop loop;
};

TEST_F(MemoryCache, PushesOutWhatWasNotUsedForTheLongestTime) {
  for (const char* key : {"a", "b", "c"}) set(key, key);
  EXPECT_EQ(get("a"), "a");
  ASSERT_NE(store.peek("b"), nullptr) << "a peek is a use as well";
  set("d", "d");
  EXPECT_THAT(loop.run(store.keys("")), UnorderedElementsAre("a", "b", "d"));
  EXPECT_EQ(get("c"), std::nullopt);
}

TEST_F(MemoryCache, ALifeEndsToTheMillisecond) {
  set("k", "v", 100ms);
  now += 99ms;
  EXPECT_EQ(get("k"), "v");
  EXPECT_EQ(*store.peek("k"), "v");
  EXPECT_EQ(loop.run(store.life("k")).left, 1ms);
  EXPECT_THAT(loop.run(store.keys("")), UnorderedElementsAre("k"));
  now += 1ms;
  EXPECT_THAT(loop.run(store.keys("")), UnorderedElementsAre());
  EXPECT_FALSE(loop.run(store.life("k")).present);
  EXPECT_EQ(store.peek("k"), nullptr);
  EXPECT_EQ(get("k"), std::nullopt);
  EXPECT_EQ(loop.run(store.erase({"k"})), 0);
}

TEST_F(MemoryCache, APartOfAMillisecondIsLeft) {
  set("k", "v", 100ms);
  now += 99ms + 500us;
  EXPECT_EQ(loop.run(store.life("k")).left, 1ms);
}

TEST_F(MemoryCache, ALifeOfZeroIsNone) {
  set("k", "v", 0ms);
  now += 1000h;
  EXPECT_EQ(get("k"), "v");
  EXPECT_TRUE(loop.run(store.life("k")).forever);
}

TEST_F(MemoryCache, AnEditKeepsTheLifeAndADeadObjectStartsAfresh) {
  set("k", R"({"a":1})", 100ms);
  now += 50ms;
  loop.run(store.edit_object("k", "b", "2"));
  EXPECT_EQ(get("k"), R"({"a":1,"b":2})");
  EXPECT_EQ(loop.run(store.life("k")).left, 50ms);
  now += 50ms;
  loop.run(store.edit_object("k", "c", "3"));
  EXPECT_EQ(get("k"), R"({"c":3})");
  EXPECT_TRUE(loop.run(store.life("k")).forever);
}

TEST_F(MemoryCache, ThreadsEditOneObject) {
  MemoryCacheStore shared;
  auto work = [&shared](int first) {
    test::Loop own;
    for (int i = first; i < first + 100; ++i)
      own.run(shared.edit_object("k", "m" + std::to_string(i), std::to_string(i)));
  };
  std::thread one(work, 0), two(work, 100), three(work, 200);
  one.join();
  two.join();
  three.join();
  EXPECT_EQ(json::parse(*shared.peek("k")).get_object().size(), 300u);
}

TEST_F(MemoryCache, TheDefaultLimitIsThatOfNocobase) {
  MemoryCacheStore usual;
  for (int i = 0; i < 2'001; ++i) {
    std::vector<CacheStore::Entry> entries{{std::to_string(i), "v"}};
    loop.run(usual.set(std::move(entries), {}));
  }
  EXPECT_EQ(loop.run(usual.keys("")).size(), 2'000u);
  EXPECT_EQ(usual.peek("0"), nullptr);
}

}  // namespace
}  // namespace flotilla::memory
