#include "adapters/redis/redis_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/env.hpp"

namespace flotilla::redis {
namespace {

using testing::HasSubstr;
using testing::Not;

RedisUrl parse(std::string_view url) { return RedisUrl::parse("QUEUE_ADAPTER_REDIS_URL", url); }

TEST(RedisUrl, TakesAHostAlone) {
  const RedisUrl url = parse("redis://localhost");
  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.port, 6379);
  EXPECT_EQ(url.database, 0);
  EXPECT_EQ(url.user, "");
  EXPECT_EQ(url.password, "");
  EXPECT_EQ(url.service(), "Redis (QUEUE_ADAPTER_REDIS_URL)");
}

TEST(RedisUrl, TakesAllParts) {
  const RedisUrl url = parse("redis://me:p%40ss%3Aw%2Ford@cache.example:7000/12");
  EXPECT_EQ(url.host, "cache.example");
  EXPECT_EQ(url.port, 7000);
  EXPECT_EQ(url.database, 12);
  EXPECT_EQ(url.user, "me");
  EXPECT_EQ(url.password, "p@ss:w/ord");
  EXPECT_EQ(url.shown(), "cache.example:7000/12");
}

TEST(RedisUrl, APasswordMayStandWithoutAUserAndUnencoded) {
  const RedisUrl url = parse("redis://:a@b:c/d?e@host");
  EXPECT_EQ(url.user, "");
  EXPECT_EQ(url.password, "a@b:c/d?e");
  EXPECT_EQ(url.host, "host");
}

TEST(RedisUrl, TakesIpv6) {
  const RedisUrl url = parse("redis://[::1]:6380/1");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 6380);
  EXPECT_EQ(url.shown(), "[::1]:6380/1");
}

TEST(RedisUrl, TakesUnixSockets) {
  const RedisUrl url = parse("unix:///run/redis/redis.sock?db=2");
  EXPECT_EQ(url.socket, "/run/redis/redis.sock");
  EXPECT_EQ(url.host, "");
  EXPECT_EQ(url.database, 2);
  EXPECT_EQ(parse("unix://me:secret@/run/r@1.sock").socket, "/run/r@1.sock");
  EXPECT_EQ(parse("unix://me:secret@/run/r@1.sock").password, "secret");
}

TEST(RedisUrl, TakesTheDatabaseOfTheQueryToo) { EXPECT_EQ(parse("redis://h?db=5").database, 5); }

TEST(RedisUrl, RefusesTlsClearly) {
  try {
    parse("rediss://user:hush@host");
    FAIL() << "it was taken";
  } catch (const SettingError& error) {
    EXPECT_THAT(error.what(), HasSubstr("QUEUE_ADAPTER_REDIS_URL"));
    EXPECT_THAT(error.what(), HasSubstr("TLS"));
    EXPECT_THAT(error.what(), Not(HasSubstr("hush")));
  }
}

class Refused : public testing::TestWithParam<const char*> {};

TEST_P(Refused, NamesTheVariableAndNeverThePassword) {
  try {
    parse(GetParam());
    FAIL() << GetParam() << " was taken";
  } catch (const SettingError& error) {
    EXPECT_THAT(error.what(), HasSubstr("QUEUE_ADAPTER_REDIS_URL"));
    EXPECT_THAT(error.what(), Not(HasSubstr("hush")));
  }
}

INSTANTIATE_TEST_SUITE_P(Urls, Refused,
                         testing::Values("", "host:6379", "http://host", "redis://", "redis://:hush@",
                                         "redis://host:0", "redis://host:65536", "redis://host:port",
                                         "redis://host:", "redis://host/x", "redis://host/-1",
                                         "redis://host/1/2", "redis://us%zz:hush@host",
                                         "redis://user:hu%sh@host", "redis://user@host", "redis://[::1",
                                         "redis://[::1]x", "redis://:hush#1@host", "redis://host?timeout=1",
                                         "redis://host?db=x", "unix://relative/path", "unix://",
                                         "redis://host/99999999999999999999"));

TEST(RedisUrl, SameServerLooksAtEverythingButTheVariable) {
  const RedisUrl url = parse("redis://:p@h:1/2");
  EXPECT_TRUE(url.same_server(RedisUrl::parse("REDIS_URL", "redis://:p@h:1/2")));
  for (const char* other : {"redis://:p@h:1/3", "redis://:p@h:2/2", "redis://:q@h:1/2", "redis://u:p@h:1/2"})
    EXPECT_FALSE(url.same_server(parse(other))) << other;
}

}  // namespace
}  // namespace flotilla::redis
