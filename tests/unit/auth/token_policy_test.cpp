#include "auth/token_policy.hpp"

#include <gtest/gtest.h>

#include <string>

namespace flotilla::auth {
namespace {

using Kind = TokenDecision::Kind;

constexpr std::int64_t kSecond = 1000, kHour = 3600 * kSecond, kDay = 24 * kHour;
constexpr std::int64_t kSignIn = 1'795'428'765'674;  // not on a whole second
constexpr std::int64_t kIssued = kSignIn / 1000;

struct Session {
  JsonObject claims{{"userId", 1},           {"temp", true}, {"iat", kIssued}, {"exp", kIssued + 86400},
                    {"signInTime", kSignIn}, {"jti", "j1"}};
  TokenFacts facts{.user_exists = true};
  TokenPolicy policy;

  TokenDecision after(std::int64_t ms) const {
    const Json* exp = json::find(claims, "exp");
    std::int64_t now = kSignIn + ms;
    bool expired = exp && now / 1000 >= exp->to_number<std::int64_t>();
    return decide_token({claims, expired}, facts, policy, UnixMs(std::chrono::milliseconds(now)));
  }
};

void expect_rejected(const TokenDecision& decision, std::string_view code,
                     std::string_view message = "Your session has expired. Please sign in again.") {
  EXPECT_EQ(decision.kind, Kind::kReject);
  EXPECT_EQ(decision.code, code);
  EXPECT_EQ(decision.message, message);
}

TEST(TokenPolicy, FreshTokenIsAccepted) {
  EXPECT_EQ(Session{}.after(0).kind, Kind::kAccept);
  EXPECT_EQ(Session{}.after(kDay - kSecond).kind, Kind::kAccept);
}

TEST(TokenPolicy, ExpiredTokenIsRenewedForADay) {
  EXPECT_EQ(Session{}.after(kDay + kSecond).kind, Kind::kRenew);
  EXPECT_EQ(Session{}.after(2 * kDay - 2 * kSecond).kind, Kind::kRenew);
  expect_rejected(Session{}.after(2 * kDay + kSecond), "EXPIRED_SESSION");
}

TEST(TokenPolicy, NoRenewLimit) {
  Session session;
  session.policy.expired_renew_limit_ms = 0;
  EXPECT_EQ(session.after(6 * kDay).kind, Kind::kRenew);
}

TEST(TokenPolicy, SessionEndsForGood) {
  Session session;
  session.policy.expired_renew_limit_ms = 0;
  EXPECT_EQ(session.after(7 * kDay).kind, Kind::kRenew);
  expect_rejected(session.after(7 * kDay + 1), "EXPIRED_SESSION");
}

TEST(TokenPolicy, ShorterPolicyExpiresValidTokens) {
  Session session;
  session.policy.token_expiration_ms = kHour;
  EXPECT_EQ(session.after(kHour - kSecond).kind, Kind::kAccept);
  EXPECT_EQ(session.after(kHour + kSecond).kind, Kind::kRenew);
}

TEST(TokenPolicy, UnknownUserAndBlockedToken) {
  Session session;
  session.facts.blocked = true;
  expect_rejected(session.after(0), "BLOCKED_TOKEN");
  session.facts.user_exists = false;
  expect_rejected(session.after(0), "NOT_EXIST_USER", "User not found. Please sign in again to continue.");
}

TEST(TokenPolicy, PasswordChangeEndsEarlierTokens) {
  Session session;
  session.facts.password_changed_ms = kSignIn + kHour;
  expect_rejected(session.after(2 * kHour), "INVALID_TOKEN", "User password changed, please signin again.");
  expect_rejected(session.after(kDay + kHour), "INVALID_TOKEN",
                  "User password changed, please signin again.");
  session.facts.password_changed_ms = kSignIn - kHour;
  EXPECT_EQ(session.after(0).kind, Kind::kAccept);
}

TEST(TokenPolicy, SignInWithinTheSecondOfAPasswordChangeHolds) {
  Session session;
  session.facts.password_changed_ms = kSignIn - 100;
  ASSERT_GT(*session.facts.password_changed_ms, kIssued * 1000);
  EXPECT_EQ(session.after(0).kind, Kind::kAccept);
  session.facts.password_changed_ms = kSignIn + 100;
  EXPECT_EQ(session.after(kSecond).kind, Kind::kReject);
}

TEST(TokenPolicy, RenewalNeedsAHeaderAndAnId) {
  Session session;
  session.facts.event_stream = true;
  expect_rejected(session.after(kDay + kSecond), "SKIP_TOKEN_RENEW", "Stream api not allow renew token.");
  EXPECT_EQ(session.after(0).kind, Kind::kAccept);
  session.facts.event_stream = false;
  session.claims.erase("jti");
  expect_rejected(session.after(kDay + kSecond), "INVALID_TOKEN");
}

TEST(TokenPolicy, ApiKeys) {
  Session key;
  key.claims = {{"userId", 1}, {"iat", kIssued}, {"exp", kIssued + 100 * 86400}, {"roleName", "editor"}};
  EXPECT_EQ(key.after(99 * kDay).kind, Kind::kAccept) << "session limits are not for keys";
  expect_rejected(key.after(101 * kDay), "INVALID_TOKEN");
  key.facts.password_changed_ms = kSignIn + kHour;
  EXPECT_EQ(key.after(2 * kHour).kind, Kind::kAccept);
  key.facts.blocked = true;
  expect_rejected(key.after(0), "BLOCKED_TOKEN");
  EXPECT_EQ(read_token_claims(key.claims).role_name, "editor");
}

TEST(TokenPolicy, AbsurdTimesDoNotOverflow) {
  Session session;
  for (std::int64_t value : {INT64_MIN, INT64_MAX}) {
    for (std::string_view claim : {"iat", "exp", "signInTime"}) {
      Session odd = session;
      odd.claims[claim] = value;
      TokenDecision decision = odd.after(0);
      if (value == INT64_MIN) EXPECT_NE(decision.kind, Kind::kAccept) << claim;
    }
  }
  session.claims.erase("iat");
  session.claims.erase("exp");
  expect_rejected(session.after(0), "EXPIRED_SESSION");
}

TEST(TokenClaims, Types) {
  TokenClaims claims = read_token_claims(
      json::parse(R"({"userId":"399312893050880123","iat":1.9,"exp":"x","signInTime":null,"jti":5,"temp":1})")
          .get_object());
  EXPECT_EQ(claims.user_id, 399312893050880123);
  EXPECT_EQ(claims.issued_s, 1);
  EXPECT_FALSE(claims.expires_s);
  EXPECT_FALSE(claims.sign_in_ms);
  EXPECT_EQ(claims.jti, "");
  EXPECT_TRUE(claims.temp);
  EXPECT_FALSE(read_token_claims(json::parse(R"({"userId":"1 or 1=1"})").get_object()).user_id);
  EXPECT_FALSE(read_token_claims({}).user_id);
}

TEST(TokenSource, Bearer) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bEARER  abc "), "abc");
  EXPECT_EQ(bearer_token("abc"), "abc");
  EXPECT_EQ(bearer_token("Basic abc"), "Basic abc");
  EXPECT_EQ(bearer_token("Bearer "), "");
  EXPECT_EQ(bearer_token(""), "");
}

TEST(TokenPolicyConfig, Reads) {
  TokenPolicy policy = read_token_policy(
      json::parse(R"({"tokenExpirationTime":"15m","sessionExpirationTime":"30d","expiredTokenRenewLimit":0})")
          .get_object());
  EXPECT_EQ(policy.token_expiration_ms, 15 * 60 * 1000);
  EXPECT_EQ(policy.session_expiration_ms, 30 * kDay);
  EXPECT_EQ(policy.expired_renew_limit_ms, 0);
  policy = read_token_policy({});
  EXPECT_EQ(policy.token_expiration_ms, kDay);
  EXPECT_EQ(policy.session_expiration_ms, 7 * kDay);
  EXPECT_EQ(policy.expired_renew_limit_ms, kDay);
  try {
    read_token_policy(json::parse(R"({"sessionExpirationTime":"soon"})").get_object());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    EXPECT_NE(std::string(error.what()).find("sessionExpirationTime"), std::string::npos);
  }
}

TEST(TokenRejections, AsRecorded) {
  expect_rejected(reject_empty_token(), "EMPTY_TOKEN", "Unauthenticated. Please sign in to continue.");
  expect_rejected(reject_invalid_token(), "INVALID_TOKEN");
  expect_rejected(reject_failed_renewal(), "TOKEN_RENEW_FAILED");
  EXPECT_EQ(reject_empty_token().error().status(), 401);
}

}  // namespace
}  // namespace flotilla::auth
