#include "auth/jwt.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "auth/secrets.hpp"
#include "base/strings.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kSecret = "your-256-bit-secret";
constexpr std::string_view kKnown =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

UnixMs at(std::int64_t seconds) { return UnixMs(std::chrono::seconds(seconds)); }

/// A token with any header and payload, rightly signed.
std::string forged(std::string_view header, std::string_view payload, std::string_view secret = kSecret) {
  std::string text = base64url_encode(header) + '.' + base64url_encode(payload);
  return text + '.' + base64url_encode(hmac_sha256(secret, text));
}
JwtError error_of(std::string_view token, std::int64_t now = 0) {
  auto verified = verify_jwt(token, kSecret, at(now));
  EXPECT_FALSE(verified.has_value()) << token;
  return verified ? JwtError{99} : verified.error();
}

TEST(Jwt, MatchesAKnownToken) {
  JsonObject claims = json::parse(R"({"sub":"1234567890","name":"John Doe","iat":1516239022})").get_object();
  EXPECT_EQ(sign_jwt(claims, kSecret), kKnown);
  auto verified = verify_jwt(kKnown, kSecret, at(0));
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->claims, claims);
  EXPECT_FALSE(verified->expired);
}

TEST(Jwt, VerifiesTheExampleOfRfc7515) {
  std::string key;
  ASSERT_TRUE(base64url_decode(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow", key));
  constexpr std::string_view kToken =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  auto fresh = verify_jwt(kToken, key, at(1300819379));
  ASSERT_TRUE(fresh);
  EXPECT_FALSE(fresh->expired);
  auto late = verify_jwt(kToken, key, at(1300819380));
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->expired);
}

TEST(Jwt, OtherAlgorithmsAreRefused) {
  for (std::string_view header :
       {R"({"alg":"none"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})", R"({"alg":"hs256"})",
        R"({"alg":null})", "{}", R"({"alg":"HS256","crit":["b64"]})"})
    EXPECT_EQ(error_of(forged(header, "{}")), JwtError::kAlgorithm) << header;
  EXPECT_EQ(error_of(base64url_encode(R"({"alg":"none"})") + '.' + base64url_encode("{}") + '.'),
            JwtError::kAlgorithm);
}

TEST(Jwt, SignatureHasOneSpelling) {
  std::string token(kKnown);
  // 43 characters hold two bits more than 32 bytes: four last characters decode to the same signature.
  std::string twin = token;
  twin.back() = 'd';
  std::string a, b;
  ASSERT_TRUE(base64url_decode(token.substr(token.rfind('.') + 1), a));
  ASSERT_TRUE(base64url_decode(twin.substr(twin.rfind('.') + 1), b));
  ASSERT_EQ(a, b);
  EXPECT_EQ(error_of(twin), JwtError::kBadSignature);
  EXPECT_EQ(error_of(token + '='), JwtError::kBadSignature);
  EXPECT_EQ(error_of(token.substr(0, token.size() - 1)), JwtError::kBadSignature);
  EXPECT_EQ(error_of(forged(R"({"alg":"HS256"})", "{}", "other secret")), JwtError::kBadSignature);
}

TEST(Jwt, GarbageIsMalformed) {
  for (std::string token : {"", "garbage", "a.b", "..", "a.b.c.d", "Basic bm9jb2Jhc2U6YWRtaW4xMjM="})
    EXPECT_EQ(error_of(token), JwtError::kMalformed) << token;
  EXPECT_EQ(error_of(forged("[]", "{}")), JwtError::kMalformed);
  EXPECT_EQ(error_of(forged(R"({"alg":"HS256"})", "[1]")), JwtError::kMalformed);
  EXPECT_EQ(error_of(forged(R"({"alg":"HS256"})", "{")), JwtError::kMalformed);
  EXPECT_EQ(error_of(forged(R"({"alg":"HS256"})", R"({"exp":"tomorrow"})")), JwtError::kMalformed);
  EXPECT_EQ(error_of(forged(R"({"alg":"HS256"})", R"({"x":")" + std::string(kTokenBytesMax, 'y') + "\"}")),
            JwtError::kMalformed);
}

TEST(Jwt, NotBefore) {
  std::string token = forged(R"({"alg":"HS256"})", R"({"nbf":100})");
  EXPECT_EQ(error_of(token, 99), JwtError::kNotYetValid);
  EXPECT_TRUE(verify_jwt(token, kSecret, at(100)));
}

TEST(Jwt, NoDamagedTokenPasses) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string token(kKnown);
    char& c = token[random() % token.size()];
    char other = static_cast<char>(random() % 256);
    if (other == c) continue;
    c = other;
    EXPECT_FALSE(verify_jwt(token, kSecret, at(0))) << token;
  }
}

TEST(Secrets, Equality) {
  EXPECT_TRUE(equal_secrets("", ""));
  EXPECT_TRUE(equal_secrets("abc", "abc"));
  EXPECT_FALSE(equal_secrets("abc", "abd"));
  EXPECT_FALSE(equal_secrets("abc", "abcd"));
}

TEST(Secrets, HmacOfRfc4231) {
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace flotilla::auth
