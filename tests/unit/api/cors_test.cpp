#include "api/cors.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "http/message.hpp"

namespace flotilla::api {
namespace {

http::Headers headers(std::initializer_list<std::pair<std::string, std::string>> fields) {
  http::Headers out;
  out.add("Host", "app.example:13000");
  for (auto& [name, value] : fields) out.set(name, value);
  return out;
}

std::string header(const CorsAnswer& answer, std::string_view name) {
  for (auto& [key, value] : answer.headers)
    if (key == name) return value;
  return "(none)";
}

constexpr auto kAllow = "Access-Control-Allow-Origin";
constexpr auto kCredentials = "Access-Control-Allow-Credentials";

TEST(Cors, PreflightAsRecorded) {
  auto answer = decide_cors(CorsPolicy{}, "OPTIONS",
                            headers({{"Origin", "http://example.com"},
                                     {"Access-Control-Request-Method", "POST"},
                                     {"Access-Control-Request-Headers", "authorization,x-role"}}));
  EXPECT_TRUE(answer.preflight);
  EXPECT_EQ(header(answer, kAllow), "http://example.com");
  EXPECT_EQ(header(answer, "Access-Control-Allow-Methods"), "GET,HEAD,PUT,POST,DELETE,PATCH");
  EXPECT_EQ(header(answer, "Access-Control-Allow-Headers"), "authorization,x-role");
  EXPECT_EQ(header(answer, "Vary"), "Origin");
  EXPECT_EQ(header(answer, kCredentials), "(none)");
  EXPECT_EQ(header(answer, "Access-Control-Expose-Headers"), "(none)");
}

TEST(Cors, SimpleRequestAsRecorded) {
  auto answer = decide_cors(CorsPolicy{}, "GET", headers({{"Origin", "http://example.com"}}));
  EXPECT_FALSE(answer.preflight);
  EXPECT_EQ(header(answer, kAllow), "http://example.com");
  EXPECT_EQ(header(answer, "Access-Control-Expose-Headers"), "content-disposition,x-new-token");
  EXPECT_EQ(header(answer, kCredentials), "(none)");
}

TEST(Cors, SameOriginGetsCredentials) {
  CorsPolicy policy;
  auto credentials = [&](http::Headers request) {
    return header(decide_cors(policy, "GET", request), kCredentials);
  };
  EXPECT_EQ(credentials(headers({{"Origin", "http://app.example:13000"}})), "true");
  EXPECT_EQ(credentials(headers({{"Origin", "https://app.example:13000"}})), "(none)");
  EXPECT_EQ(
      credentials(headers({{"Origin", "https://app.example:13000"}, {"X-Forwarded-Proto", "https, http"}})),
      "true");
  EXPECT_EQ(credentials(headers({{"Origin", "https://pub.example"},
                                 {"X-Forwarded-Proto", "https"},
                                 {"X-Forwarded-Host", "Pub.example:443, inner"}})),
            "true");
}

TEST(Cors, Whitelist) {
  CorsPolicy policy(" http://a.example , http://b.example,");
  auto allowed = decide_cors(policy, "GET", headers({{"Origin", "http://b.example"}}));
  EXPECT_EQ(header(allowed, kAllow), "http://b.example");
  EXPECT_EQ(header(allowed, kCredentials), "true");
  for (std::string origin : {"http://c.example", "http://a.example.evil", "http://a.example:80", "null"}) {
    auto refused = decide_cors(policy, "GET", headers({{"Origin", origin}}));
    EXPECT_EQ(header(refused, kAllow), "(none)") << origin;
    EXPECT_EQ(header(refused, "Vary"), "Origin");
  }
  EXPECT_EQ(header(decide_cors(policy, "GET", headers({{"Origin", "http://app.example:13000"}})), kAllow),
            "http://app.example:13000");
  EXPECT_EQ(
      header(decide_cors(CorsPolicy("*"), "GET", headers({{"Origin", "http://c.example"}})), kCredentials),
      "true");
}

TEST(Cors, RefusedPreflightAllowsNothing) {
  auto answer =
      decide_cors(CorsPolicy("http://a.example"), "OPTIONS",
                  headers({{"Origin", "http://c.example"}, {"Access-Control-Request-Method", "POST"}}));
  EXPECT_TRUE(answer.preflight);
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].first, "Vary");
}

TEST(Cors, NoOriginNoHeaders) {
  auto answer = decide_cors(CorsPolicy("*"), "OPTIONS", headers({{"Access-Control-Request-Method", "POST"}}));
  EXPECT_FALSE(answer.preflight);
  EXPECT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(
      header(decide_cors(CorsPolicy{}, "GET", headers({{"Origin", "http://x\r\nSet-Cookie: a=b"}})), kAllow),
      "(none)");
}

TEST(ForeignOrigin, OriginThenReferer) {
  CorsPolicy policy("http://friend.example,*");
  auto foreign = [&](http::Headers request) { return foreign_origin(policy, request); };
  EXPECT_FALSE(foreign(headers({})));
  EXPECT_FALSE(foreign(headers({{"Origin", "http://app.example:13000"}})));
  EXPECT_FALSE(foreign(headers({{"Origin", "http://friend.example"}})));
  EXPECT_TRUE(foreign(headers({{"Origin", "http://evil.example"}}))) << "* is no friend";
  EXPECT_TRUE(foreign(headers({{"Origin", "null"}})));
  EXPECT_TRUE(
      foreign(headers({{"Origin", "http://evil.example"}, {"Referer", "http://app.example:13000/"}})));
  EXPECT_FALSE(foreign(headers({{"Referer", "http://app.example:13000/admin?x=1"}})));
  EXPECT_FALSE(foreign(headers({{"Referer", "http://friend.example/page"}})));
  EXPECT_TRUE(foreign(headers({{"Referer", "http://evil.example/http://app.example:13000"}})));
  EXPECT_TRUE(foreign(headers({{"Referer", "http://app.example:13000@evil.example/"}})));
  EXPECT_TRUE(foreign(headers({{"Referer", "garbage"}})));
}

}  // namespace
}  // namespace flotilla::api
