#include "base/redact.hpp"

#include <gtest/gtest.h>

namespace flotilla {
namespace {

TEST(Redact, KnowsSecretNames) {
  for (std::string_view name :
       {"APP_KEY", "DB_PASSWORD", "INIT_ROOT_PASSWORD", "APP_AES_SECRET_KEY", "token", "accessToken",
        "Authorization", "Set-Cookie", "UNSAFE_USE_DEFAULT_JWT_SECRET", "apiKey", "AWS_CREDENTIALS"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (std::string_view name : {"APP_PORT", "requestId", "path", "monkey", "filterByTk", "INIT_ROOT_EMAIL"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(Redact, HidesThePasswordOfAUrl) {
  EXPECT_EQ(redact_url("redis://me:s3cret@host:6379/0"), "redis://me:(hidden)@host:6379/0");
  EXPECT_EQ(redact_url("redis://:s3cret@host"), "redis://:(hidden)@host");
  EXPECT_EQ(redact_url("postgres://me:p@ss:w@host/db"), "postgres://me:(hidden)@host/db");
}

TEST(Redact, LeavesOtherUrlsAlone) {
  for (std::string_view url :
       {"http://host:13000/a@b", "redis://me@host", "host:80", "", "http://[::1]:80/", "a b://"})
    EXPECT_EQ(redact_url(url), url);
}

TEST(Redact, HidesSecretParameters) {
  EXPECT_EQ(redact_url("/api/users:list?page=2&token=abc&sort=-id"),
            "/api/users:list?page=2&token=(hidden)&sort=-id");
  EXPECT_EQ(redact_url("/x?to%6ben=abc"), "/x?to%6ben=(hidden)");
  EXPECT_EQ(redact_url("/x?resetToken=abc&token"), "/x?resetToken=(hidden)&token");
  EXPECT_EQ(redact_url("/x?%zz=abc"), "/x?%zz=(hidden)");
}

TEST(Redact, HidesWholeValuesByName) {
  EXPECT_EQ(redact("APP_KEY", "abc"), "(hidden)");
  EXPECT_EQ(redact("APP_KEY", ""), "");
  EXPECT_EQ(redact("REDIS_URL", "redis://:x@h"), "redis://:(hidden)@h");
  EXPECT_EQ(redact("APP_PORT", "abc"), "abc");
}

}  // namespace
}  // namespace flotilla
