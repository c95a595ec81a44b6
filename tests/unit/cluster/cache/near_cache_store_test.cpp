#include "cluster/cache/near_cache_store.hpp"

#include <gtest/gtest.h>

#include "unit/cluster/cache/support.hpp"

namespace flotilla::cluster {
namespace {

using namespace std::chrono_literals;
using Value = std::optional<std::string>;

class NearCacheStoreTest : public testing::Test {
 protected:
  NearCacheStoreTest() { make({}); }

  void make(NearOptions options) {
    options.now = [this] { return now; };
    near = std::make_shared<NearCacheStore>(home, [this] { return fresh; }, std::move(options));
  }
  Value get(const std::string& key) { return loop.run(near->get({key})).at(0); }
  void set(const std::string& key, const std::string& value, std::optional<Millis> ttl = {}) {
    std::vector<CacheStore::Entry> entries{{key, value}};
    loop.run(near->set(std::move(entries), ttl));
  }
  bool copied(const std::string& key) { return near->peek(key) != nullptr; }

  Monotonic now{std::chrono::hours(1)};
  bool fresh = true;
  std::shared_ptr<test::FakeStore> home = std::make_shared<test::FakeStore>();
  std::shared_ptr<NearCacheStore> near;
  test::Loop loop;
};

TEST_F(NearCacheStoreTest, AsksOnceForWhatDoesNotChange) {
  home->values["k"] = "1";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get("k"), "1");
  EXPECT_EQ(home->gets, 1);
  ASSERT_TRUE(copied("k"));
  EXPECT_EQ(*near->peek("k"), "1");
}

TEST_F(NearCacheStoreTest, WhatIsMissingIsAskedForEveryTime) {
  EXPECT_EQ(get("k"), std::nullopt);
  home->values["k"] = "1";
  EXPECT_EQ(get("k"), "1");
}

TEST_F(NearCacheStoreTest, KeepsTheOrderOfABatchThatIsPartlyNear) {
  home->values = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  get("b");
  const std::vector<Value> expected{"1", "2", std::nullopt, "3", "1"};
  EXPECT_EQ(loop.run(near->get({"a", "b", "x", "c", "a"})), expected);
  EXPECT_EQ(home->gets, 2);
}

TEST_F(NearCacheStoreTest, AnInvalidationMakesTheCopyVoid) {
  home->values["k"] = "1";
  get("k");
  home->values["k"] = "2";
  near->invalidate("other");
  EXPECT_EQ(get("k"), "1");
  near->invalidate("k");
  EXPECT_EQ(get("k"), "2");
  home->values["k"] = "3";
  near->invalidate_all();
  EXPECT_EQ(get("k"), "3");
}

TEST_F(NearCacheStoreTest, WithoutALinkNothingIsServedOrKept) {
  home->values["k"] = "1";
  get("k");
  fresh = false;
  EXPECT_FALSE(copied("k"));
  home->values["k"] = "2";
  EXPECT_EQ(get("k"), "2");
  EXPECT_EQ(get("k"), "2");
  EXPECT_EQ(home->gets, 3);
}

TEST_F(NearCacheStoreTest, AnInvalidationThatOvertakesAnAnswerKeepsItFromBeingKept) {
  home->values["k"] = "old";
  auto during = [this](std::function<void()> event) {
    home->before_answer = [event = std::move(event)]() -> Task<void> {
      event();
      co_return;
    };
    EXPECT_EQ(get("k"), "old") << "the reader itself began before the change";
    home->before_answer = nullptr;
    const bool kept = copied("k");
    fresh = true;
    return kept || copied("k");
  };
  EXPECT_FALSE(during([this] { near->invalidate("k"); }));
  EXPECT_FALSE(during([this] { near->invalidate_all(); }));
  EXPECT_FALSE(during([this] { fresh = false; }));
  EXPECT_TRUE(during([] {}));
}

TEST_F(NearCacheStoreTest, OwnWritesMakeCopiesVoid) {
  home->values["k"] = "1";
  get("k");
  set("k", "2");
  EXPECT_EQ(get("k"), "2");
  loop.run(near->erase({"k"}));
  EXPECT_EQ(get("k"), std::nullopt);
  set("k", "{}");
  get("k");
  loop.run(near->edit_object("k", "a", "1"));
  EXPECT_EQ(get("k"), R"({"a":1})");
}

TEST_F(NearCacheStoreTest, AWriteThatTookEffectButWasNotAnsweredMakesTheCopyVoid) {
  home->values["k"] = "1";
  get("k");
  home->before_answer = []() -> Task<void> {
    throw Unavailable(Unavailable::Why::timeout, "Redis (TEST)", "no answer");
    co_return;
  };
  EXPECT_THROW(set("k", "2"), Unavailable);
  home->before_answer = nullptr;
  EXPECT_EQ(get("k"), "2");
}

TEST_F(NearCacheStoreTest, AReadOfBeforeTheWriteThatIsAnsweredDuringItIsVoidAfterIt) {
  home->values["k"] = "old";
  test::Gate answer_read, answer_write;
  home->before_answer = [&]() { return answer_read.pass(); };
  auto read = test::begin(loop, near->get({"k"}));
  home->before_answer = [&]() { return answer_write.pass(); };
  std::vector<CacheStore::Entry> entries{{"k", "new"}};
  auto write = test::begin(loop, near->set(std::move(entries), {}));
  answer_read.open();
  EXPECT_EQ(test::result(read).at(0), "old");
  answer_write.open();
  test::result(write);
  home->before_answer = nullptr;
  EXPECT_EQ(get("k"), "new");
}

TEST_F(NearCacheStoreTest, ACopyMadeWhileTheWriteWasOnItsWayIsVoidAfterIt) {
  home->values["k"] = "old";
  test::Gate arrive;
  home->before_effect = [&] { return arrive.pass(); };
  std::vector<CacheStore::Entry> entries{{"k", "new"}};
  auto write = test::begin(loop, near->set(std::move(entries), {}));
  EXPECT_EQ(get("k"), "old");
  arrive.open();
  test::result(write);
  EXPECT_EQ(get("k"), "new");
}

TEST_F(NearCacheStoreTest, ACopyEndsWithTheOriginal) {
  set("k", "1", 500ms);
  get("k");
  now += 499ms;
  EXPECT_TRUE(copied("k"));
  now += 1ms;
  EXPECT_FALSE(copied("k"));
}

TEST_F(NearCacheStoreTest, ACopyIsNeverServedForLongerThanTheLimit) {
  make({.life_max = 100ms});
  set("k", "1");
  get("k");
  now += 99ms;
  EXPECT_TRUE(copied("k"));
  now += 1ms;
  EXPECT_FALSE(copied("k"));
}

TEST_F(NearCacheStoreTest, WhatEndedWhileItWasReadIsNotKept) {
  home->values["k"] = "1";
  home->lives["k"] = {false, false, 0ms};
  EXPECT_EQ(get("k"), "1");
  EXPECT_FALSE(copied("k"));
}

TEST_F(NearCacheStoreTest, LongValuesAndKeysThatNobodyWatchesAreNotKept) {
  make({.prefix = "app:", .value_bytes_max = 4});
  home->values = {{"app:short", "1234"}, {"app:long", "12345"}, {"other:short", "1"}};
  for (const char* key : {"app:short", "app:long", "other:short"}) EXPECT_NE(get(key), std::nullopt);
  EXPECT_TRUE(copied("app:short"));
  EXPECT_FALSE(copied("app:long"));
  EXPECT_FALSE(copied("other:short"));
}

TEST_F(NearCacheStoreTest, ReadsTheWayTheAdapterWants) {
  int reads = 0;
  make({.read = [&reads](std::vector<std::string> keys) -> Task<std::vector<std::optional<NearFound>>> {
    ++reads;
    std::vector<std::optional<NearFound>> found(keys.size());
    found[0] = NearFound{"v", 50ms};
    co_return found;
  }});
  EXPECT_EQ(get("k"), "v");
  EXPECT_EQ(get("k"), "v");
  EXPECT_EQ(reads, 1);
  now += 50ms;
  get("k");
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(home->gets, 0);
}

TEST_F(NearCacheStoreTest, LivesAndKeysAreAskedFor) {
  set("k", "1", 500ms);
  get("k");
  EXPECT_EQ(loop.run(near->life("k")).left, 500ms);
  EXPECT_EQ(loop.run(near->keys("k")), std::vector<std::string>{"k"});
}

}  // namespace
}  // namespace flotilla::cluster
