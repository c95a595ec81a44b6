#include "cluster/cache/lru_map.hpp"

#include <gtest/gtest.h>

#include <string>

namespace flotilla::cluster {
namespace {

std::string order(const LruMap<int>& map) {
  std::string keys;
  for (const auto& [key, value] : map) keys += key;
  return keys;
}

TEST(LruMap, PushesOutWhatWasNotUsedForTheLongestTime) {
  LruMap<int> map(3);
  map.put("a", 1);
  map.put("b", 2);
  map.put("c", 3);
  ASSERT_NE(map.find("a"), nullptr);
  map.put("d", 4);
  EXPECT_EQ(order(map), "dac");
  EXPECT_EQ(map.find("b"), nullptr);
  EXPECT_EQ(map.size(), 3u);
}

TEST(LruMap, AnUpdateIsAUseAndPushesNothingOut) {
  LruMap<int> map(2);
  map.put("a", 1);
  map.put("b", 2);
  map.put("a", 3);
  EXPECT_EQ(order(map), "ab");
  EXPECT_EQ(*map.find("a"), 3);
  map.put("c", 4);
  EXPECT_EQ(order(map), "ca");
}

TEST(LruMap, ALookIsNoUse) {
  LruMap<int> map(2);
  map.put("a", 1);
  map.put("b", 2);
  ASSERT_NE(map.look("a"), nullptr);
  EXPECT_EQ(map.look("x"), nullptr);
  map.put("c", 3);
  EXPECT_EQ(order(map), "cb");
}

TEST(LruMap, ErasesAndStartsAfresh) {
  LruMap<int> map(2);
  map.put("a", 1);
  EXPECT_TRUE(map.erase("a"));
  EXPECT_FALSE(map.erase("a"));
  map.put("a", 2);
  map.put("b", 3);
  map.clear();
  EXPECT_EQ(map.size(), 0u);
  EXPECT_EQ(map.find("a"), nullptr);
  map.put("", 4);
  EXPECT_EQ(*map.find(""), 4);
}

TEST(LruMap, HoldsOneItemAtLeast) {
  LruMap<int> map(0);
  map.put("a", 1);
  map.put("b", 2);
  EXPECT_EQ(order(map), "b");
}

}  // namespace
}  // namespace flotilla::cluster
