#include <gtest/gtest.h>

#include "adapters/redis/backoff.hpp"
#include "adapters/redis/redis_cache_store.hpp"
#include "adapters/redis/script.hpp"
#include "adapters/redis/server_info.hpp"

namespace flotilla::redis {
namespace {

using cluster::Millis;

TEST(Backoff, DoublesUpToItsLimitAndNeverPausesLessThanHalf) {
  Backoff shortest(Millis(50), Millis(5'000)), longest(Millis(50), Millis(5'000));
  for (const int whole : {50, 100, 200, 400, 800, 1'600, 3'200, 5'000, 5'000}) {
    EXPECT_EQ(shortest.pause(0).count(), whole / 2);
    const auto half = static_cast<std::uint64_t>(whole / 2);
    EXPECT_EQ(longest.pause(half).count(), whole);
  }
  longest.reset();
  EXPECT_LE(longest.pause(12'345).count(), 50);
}

TEST(Backoff, AnyRandomNumberStaysWithinBounds) {
  for (std::uint64_t random = 0; random < 1'000; ++random) {
    Backoff backoff(Millis(51), Millis(51));
    const auto pause = backoff.pause(random * 0x9E3779B97F4A7C15u).count();
    EXPECT_GE(pause, 26);
    EXPECT_LE(pause, 51);
  }
}

TEST(Script, IsNamedAsRedisNamesIt) {
  EXPECT_EQ(Script("return 1").sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

TEST(ServerInfo, TakesWhatItKnowsAndLeavesTheRest) {
  ServerInfo info;
  info.merge("# Server\r\nredis_version:8.0.2\r\nrun_id:abc\r\nredis_mode:standalone\r\nno colon\r\n");
  info.merge("maxmemory_policy:allkeys-lru\naof_enabled:1\nloading:0");
  EXPECT_EQ(info.version, "8.0.2");
  EXPECT_EQ(info.run_id, "abc");
  EXPECT_EQ(info.mode, "standalone");
  EXPECT_EQ(info.maxmemory_policy, "allkeys-lru");
  EXPECT_TRUE(info.append_only);
  EXPECT_FALSE(info.loading);
  EXPECT_EQ(major_version(info.version), 8);
  EXPECT_EQ(major_version("7.0.15"), 7);
  EXPECT_EQ(major_version("unknown"), 0);
}

TEST(Concerns, NameAnOldVersionAndAPolicyThatDropsOurKeys) {
  ServerInfo info;
  info.version = "8.0.2";
  info.maxmemory_policy = "noeviction";
  EXPECT_TRUE(concerns(info, Keeping::durable).empty());
  for (const char* policy : {"allkeys-lru", "allkeys-random", "volatile-ttl", "volatile-lfu"}) {
    info.maxmemory_policy = policy;
    ASSERT_EQ(concerns(info, Keeping::durable).size(), 1u);
    EXPECT_NE(concerns(info, Keeping::durable)[0].find(policy), std::string::npos);
    EXPECT_TRUE(concerns(info, Keeping::cache).empty()) << "a cache may be evicted";
  }
  info.version = "7.2.4";
  EXPECT_EQ(concerns(info, Keeping::durable).size(), 2u);
  EXPECT_NE(concerns(info, Keeping::cache).at(0).find("7.2.4"), std::string::npos);
  EXPECT_TRUE(concerns(ServerInfo(), Keeping::durable).empty()) << "nothing is known";
}

TEST(EscapeGlob, LeavesNothingThatMatchesMoreThanItself) {
  EXPECT_EQ(escape_glob("main:a"), "main:a");
  EXPECT_EQ(escape_glob("a*?[b]^\\"), "a\\*\\?\\[b\\]\\^\\\\");
}

}  // namespace
}  // namespace flotilla::redis
