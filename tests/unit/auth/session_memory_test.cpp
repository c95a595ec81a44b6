#include <gtest/gtest.h>

#include "auth/renewals.hpp"
#include "auth/revocations.hpp"
#include "auth/token_cache.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

UnixMs at_s(std::int64_t seconds) { return UnixMs(std::chrono::seconds(seconds)); }

std::string token_until(std::int64_t exp_s, std::int64_t id = 1) {
  return sign_jwt({{"userId", id}, {"iat", 1000}, {"exp", exp_s}}, kSecret);
}

TEST(TokenCache, KeepsGoodTokens) {
  TokenCache cache;
  const std::string token = token_until(2000);
  auto first = cache.verify(token, kSecret, at_s(1000));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(cache.size(), 1u);
  auto second = cache.verify(token, kSecret, at_s(1999));
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(first->get(), second->get());
}

TEST(TokenCache, ACachedTokenExpires) {
  TokenCache cache;
  const std::string token = token_until(2000);
  ASSERT_FALSE((*cache.verify(token, kSecret, at_s(1999)))->expired);
  auto late = cache.verify(token, kSecret, at_s(2000));
  ASSERT_TRUE(late.has_value());
  EXPECT_TRUE((*late)->expired);
}

TEST(TokenCache, KeepsNeitherExpiredNorForgedTokens) {
  TokenCache cache;
  EXPECT_TRUE((*cache.verify(token_until(2000), kSecret, at_s(3000)))->expired);
  std::string forged = token_until(5000);
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  EXPECT_FALSE(cache.verify(forged, kSecret, at_s(3000)).has_value());
  EXPECT_FALSE(cache.verify("", kSecret, at_s(3000)).has_value());
  EXPECT_FALSE(cache.verify(std::string(kTokenBytesMax + 1, 'x'), kSecret, at_s(3000)).has_value());
  EXPECT_EQ(cache.size(), 0u);
}

TEST(TokenCache, AForgedTwinOfACachedTokenIsRefused) {
  TokenCache cache;
  std::string token = token_until(5000);
  ASSERT_TRUE(cache.verify(token, kSecret, at_s(1000)).has_value());
  token[token.find('.') + 3] ^= 1;
  EXPECT_FALSE(cache.verify(token, kSecret, at_s(1000)).has_value());
}

TEST(TokenCache, StaysWithinItsCapacity) {
  TokenCache cache(32);
  for (int id = 0; id < 500; ++id)
    ASSERT_TRUE(cache.verify(token_until(5000, id), kSecret, at_s(1000)).has_value());
  EXPECT_LE(cache.size(), 32u);
  EXPECT_GE(cache.size(), 16u);
}

TEST(ShardedLru, WhatWasReadBeforeAnEraseIsNotKept) {
  ShardedLru<int> cache(16);
  const auto generation = cache.generation();
  cache.erase("1");
  cache.put("1", std::make_shared<int>(7), generation);
  EXPECT_EQ(cache.find("1"), nullptr);
  cache.put("1", std::make_shared<int>(8), cache.generation());
  ASSERT_NE(cache.find("1"), nullptr);
  EXPECT_EQ(*cache.find("1"), 8);
  cache.put("1", std::make_shared<int>(9), cache.generation());
  EXPECT_EQ(*cache.find("1"), 9);
  cache.clear();
  EXPECT_EQ(cache.find("1"), nullptr);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(ShardedLru, TheLeastRecentlyUsedGoesFirst) {
  ShardedLru<int> cache(16 * 2);  // two a shard
  std::vector<std::string> same;  // keys of one shard, found by what they push out
  cache.put("a", std::make_shared<int>(0), 0);
  for (int i = 0; same.size() < 2 && i < 10'000; ++i) {
    ShardedLru<int> probe(16);  // one a shard
    const std::string key = "k" + std::to_string(i);
    probe.put("a", std::make_shared<int>(0), 0);
    probe.put(key, std::make_shared<int>(0), 0);
    if (!probe.find("a")) same.push_back(key);
  }
  ASSERT_EQ(same.size(), 2u);
  cache.put(same[0], std::make_shared<int>(1), 0);
  ASSERT_NE(cache.find("a"), nullptr);  // used after same[0]
  cache.put(same[1], std::make_shared<int>(2), 0);
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find(same[0]), nullptr);
  EXPECT_NE(cache.find(same[1]), nullptr);
}

TEST(Revocations, NothingIsSureBeforeItWasLoaded) {
  Revocations revocations(1000);
  EXPECT_TRUE(revocations.may_contain("j1"));
  const auto begun = revocations.begin();
  EXPECT_TRUE(revocations.may_contain("j1"));
  revocations.finish(begun);
  EXPECT_FALSE(revocations.may_contain("j1"));
}

TEST(Revocations, WhatWasAddedIsFoundAlsoWhileItIsMadeAnew) {
  Revocations revocations(1000);
  revocations.finish(revocations.begin());
  revocations.add("before");
  const auto begun = revocations.begin();
  revocations.load("from the table");
  revocations.add("meanwhile");
  EXPECT_TRUE(revocations.may_contain("before"));
  EXPECT_TRUE(revocations.may_contain("meanwhile"));
  revocations.finish(begun);
  EXPECT_TRUE(revocations.may_contain("from the table"));
  EXPECT_TRUE(revocations.may_contain("meanwhile"));
  EXPECT_FALSE(revocations.may_contain("before"));  // the table does not hold it any more
}

TEST(Revocations, AFilterThatWasBegunBeforeSomethingWasMissedIsNotWhole) {
  Revocations revocations(1000);
  revocations.finish(revocations.begin());
  const auto begun = revocations.begin();
  revocations.distrust();
  EXPECT_TRUE(revocations.may_contain("j1"));
  revocations.finish(begun);
  EXPECT_TRUE(revocations.may_contain("j1"));
  revocations.finish(revocations.begin());
  EXPECT_FALSE(revocations.may_contain("j1"));
}

TEST(Revocations, KeepsItsRateOfFalseAlarmsUpToItsCapacity) {
  Revocations revocations(10'000);
  revocations.finish(revocations.begin());
  for (int i = 0; i < 10'000; ++i) revocations.add("revoked" + std::to_string(i));
  EXPECT_FALSE(revocations.full());
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(revocations.may_contain("revoked" + std::to_string(i)));
  int alarms = 0;
  for (int i = 0; i < 100'000; ++i) alarms += revocations.may_contain("other" + std::to_string(i));
  EXPECT_LT(alarms, 200);  // 100 expected
  revocations.add("one more");
  EXPECT_TRUE(revocations.full());
}

TEST(Revocations, AWholeTokenIsNamedByItsHash) {
  const std::string jti = "a01d5d11-cc78-41bd-b671-04c456409888";
  EXPECT_EQ(revocation_name(jti), jti);
  // FIPS 180-4, example of one block.
  EXPECT_EQ(revocation_name(std::string(64, 'a')),
            "sha256:ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST(Renewals, RemembersForTenSeconds) {
  Renewals renewals;
  renewals.remember("old", {"new", "token"}, at_s(100));
  ASSERT_TRUE(renewals.find("old", at_s(110)).has_value());
  EXPECT_EQ(renewals.find("old", at_s(110))->jti, "new");
  EXPECT_EQ(renewals.find("old", at_s(110))->token, "token");
  EXPECT_FALSE(renewals.find("old", at_s(111)).has_value());
  EXPECT_FALSE(renewals.find("other", at_s(100)).has_value());
}

}  // namespace
}  // namespace flotilla::auth
