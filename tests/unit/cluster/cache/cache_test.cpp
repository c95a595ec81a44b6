#include "cluster/cache/cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/cache/near_cache_store.hpp"
#include "unit/cluster/cache/support.hpp"

namespace flotilla::cluster {
namespace {

using testing::UnorderedElementsAre;

class CacheTest : public testing::Test {
 protected:
  std::shared_ptr<test::FakeStore> store = std::make_shared<test::FakeStore>();
  Cache cache{store, "main:roles"};
  test::Loop loop;
};

TEST_F(CacheTest, NeedsAPrefix) { EXPECT_THROW(Cache(store, ""), std::invalid_argument); }

TEST_F(CacheTest, KeysAreBelowThePrefix) {
  loop.run(cache.set("7", JsonArray{"admin"}));
  EXPECT_EQ(store->values["main:roles:7"], R"(["admin"])");
  EXPECT_EQ(loop.run(cache.get("7")), Json(JsonArray{"admin"}));
  EXPECT_EQ(loop.run(cache.get("8")), std::nullopt);
  loop.run(cache.del("7"));
  EXPECT_TRUE(store->values.empty());
}

TEST_F(CacheTest, ANullIsAValue) {
  loop.run(cache.set("k", nullptr));
  EXPECT_EQ(loop.run(cache.get("k")), std::optional<Json>(nullptr));
}

TEST_F(CacheTest, Batches) {
  std::vector<std::pair<std::string, Json>> entries{{"a", 1}, {"b", "x"}};
  loop.run(cache.mset(entries, Millis(500)));
  EXPECT_EQ(store->sets, 1);
  EXPECT_EQ(loop.run(cache.ttl("b")).left, Millis(500));
  store->values["main:roles:bad"] = "{";
  const auto found = loop.run(cache.mget({"b", "none", "bad", "a"}));
  EXPECT_EQ(found, (std::vector<std::optional<Json>>{Json("x"), {}, {}, Json(1)}));
  loop.run(cache.mdel({"a", "none"}));
  EXPECT_FALSE(store->values.contains("main:roles:a"));
  loop.run(cache.mset({}));
  loop.run(cache.mdel({}));
  EXPECT_EQ(store->sets + store->erases, 2);
  EXPECT_TRUE(loop.run(cache.mget({})).empty());
}

TEST_F(CacheTest, KeysAndResetSeeThisPrefixOnly) {
  store->values = {{"main:roles:1", "1"},  {"main:roles:12", "1"}, {"main:roles:1:default", "1"},
                   {"main:rolesx:1", "1"}, {"main:roles", "1"},    {"other:roles:1", "1"}};
  EXPECT_THAT(loop.run(cache.keys()), UnorderedElementsAre("1", "12", "1:default"));
  EXPECT_THAT(loop.run(cache.keys("1?")), UnorderedElementsAre("12"));
  EXPECT_THAT(loop.run(cache.keys("*:def*")), UnorderedElementsAre("1:default"));
  EXPECT_THAT(loop.run(cache.keys("1")), UnorderedElementsAre("1"));
  EXPECT_THAT(loop.run(cache.keys("x*")), testing::IsEmpty());
  loop.run(cache.reset());
  EXPECT_EQ(store->values.size(), 3u);
  EXPECT_FALSE(store->values.contains("main:roles:1"));
}

TEST_F(CacheTest, ResetOfManyKeys) {
  for (int i = 0; i < 2'500; ++i) store->values["main:roles:" + std::to_string(i)] = "1";
  loop.run(cache.reset());
  EXPECT_TRUE(store->values.empty());
  EXPECT_EQ(store->erases, 3);
}

TEST_F(CacheTest, MembersOfObjects) {
  store->values["main:roles:o"] = R"({"a":{"b":1},"n":null})";
  EXPECT_EQ(loop.run(cache.get_in_object("o", "a")), json::parse(R"({"b":1})"));
  EXPECT_EQ(loop.run(cache.get_in_object("o", "n")), std::optional<Json>(nullptr));
  EXPECT_EQ(loop.run(cache.get_in_object("o", "x")), std::nullopt);
  EXPECT_EQ(loop.run(cache.get_in_object("none", "a")), std::nullopt);
  store->values["main:roles:o"] = "[1]";
  EXPECT_EQ(loop.run(cache.get_in_object("o", "a")), std::nullopt);
  loop.run(cache.set_in_object("o", "c", true));
  EXPECT_EQ(store->values["main:roles:o"], R"({"c":true})");
}

TEST_F(CacheTest, HitsOfANearStoreAskNobody) {
  auto near = std::make_shared<NearCacheStore>(store, [] { return true; });
  Cache quick(near, "main");
  store->values["main:k"] = "7";
  auto unused = []() -> Task<Json> { co_return nullptr; };
  EXPECT_EQ(loop.run(quick.get("k")), Json(7));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(loop.run(quick.get("k")), Json(7));
    EXPECT_EQ(loop.run(quick.wrap("k", unused)), Json(7));
    EXPECT_EQ(loop.run(quick.wrap_with_condition("k", unused, {})), Json(7));
  }
  EXPECT_EQ(store->gets, 1);
  loop.run(quick.set("k", 8));
  EXPECT_EQ(loop.run(quick.wrap("k", unused)), Json(8));
}

}  // namespace
}  // namespace flotilla::cluster
