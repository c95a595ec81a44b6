#include "auth/token_policy.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/strings.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kSessionOver = "Your session has expired. Please sign in again.";

std::optional<std::int64_t> read_integer(const JsonObject& object, std::string_view name) {
  const Json* value = json::find(object, name);
  if (!value) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_double()) {
    double number = value->get_double();
    if (std::isfinite(number) && std::abs(number) < 9.0e18) return static_cast<std::int64_t>(number);
  }
  return std::nullopt;
}

/// Ids beyond 2^53 travel as text.
std::optional<std::int64_t> read_id(const JsonObject& object, std::string_view name) {
  std::string_view text = json::text(object, name);
  if (text.empty()) return read_integer(object, name);
  std::int64_t id = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

void read_duration(const JsonObject& config, std::string_view name, std::int64_t& out) {
  const Json* value = json::find(config, name);
  if (!value || value->is_null()) return;
  long long ms = value->is_object() || value->is_array() || value->is_bool()
                     ? -1
                     : parse_duration_ms(json::to_text(*value));
  if (ms < 0) throw bad_request(fmt::format("{} must be a duration such as 15m, 12h or 7d", name));
  out = ms;
}

TokenDecision reject(std::string_view code, std::string_view message = kSessionOver) {
  return {TokenDecision::Kind::kReject, std::string(code), std::string(message)};
}

/// `late - early`, both from a token or a clock, without overflow.
bool longer_than(std::int64_t early_ms, std::int64_t late_ms, std::int64_t limit_ms) {
  std::int64_t elapsed = 0;
  if (__builtin_sub_overflow(late_ms, early_ms, &elapsed)) return early_ms < 0;
  return elapsed > limit_ms;
}

std::int64_t to_ms(std::int64_t seconds) {
  std::int64_t ms = 0;
  if (__builtin_mul_overflow(seconds, std::int64_t{1000}, &ms)) return seconds < 0 ? INT64_MIN : INT64_MAX;
  return ms;
}

bool signed_before_password_change(const TokenClaims& claims, std::int64_t issued_ms,
                                   const TokenFacts& facts) {
  if (!facts.password_changed_ms || issued_ms >= *facts.password_changed_ms) return false;
  // iat has whole seconds only: a sign-in right after the change, in the same second, looks older than it is.
  return !claims.sign_in_ms || *claims.sign_in_ms < *facts.password_changed_ms;
}

}  // namespace

TokenPolicy read_token_policy(const JsonObject& config) {
  TokenPolicy policy;
  read_duration(config, "tokenExpirationTime", policy.token_expiration_ms);
  read_duration(config, "sessionExpirationTime", policy.session_expiration_ms);
  read_duration(config, "expiredTokenRenewLimit", policy.expired_renew_limit_ms);
  return policy;
}

TokenClaims read_token_claims(const JsonObject& claims) {
  TokenClaims out;
  out.user_id = read_id(claims, "userId");
  out.temp = json::truthy(claims, "temp");
  out.issued_s = read_integer(claims, "iat");
  out.expires_s = read_integer(claims, "exp");
  out.sign_in_ms = read_integer(claims, "signInTime");
  out.jti = json::text(claims, "jti");
  out.role_name = json::text(claims, "roleName");
  return out;
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kPrefix = "bearer ";
  std::string_view text = trim(authorization);
  if (text.size() >= kPrefix.size() && iequals(text.substr(0, kPrefix.size()), kPrefix))
    text = trim(text.substr(kPrefix.size()));
  else if (iequals(text, "bearer"))
    text = {};
  return text;
}

TokenDecision reject_empty_token() {
  return reject("EMPTY_TOKEN", "Unauthenticated. Please sign in to continue.");
}
TokenDecision reject_invalid_token() { return reject("INVALID_TOKEN"); }
TokenDecision reject_failed_renewal() { return reject("TOKEN_RENEW_FAILED"); }

TokenDecision decide_token(const VerifiedJwt& token, const TokenFacts& facts, const TokenPolicy& policy,
                           UnixMs now) {
  const TokenClaims claims = read_token_claims(token.claims);
  const std::int64_t now_ms = now.time_since_epoch().count();
  if (!facts.user_exists)
    return reject("NOT_EXIST_USER", "User not found. Please sign in again to continue.");
  if (facts.blocked) return reject("BLOCKED_TOKEN");
  if (!claims.temp) return token.expired ? reject_invalid_token() : TokenDecision{};

  if (claims.sign_in_ms && longer_than(*claims.sign_in_ms, now_ms, policy.session_expiration_ms))
    return reject("EXPIRED_SESSION");
  // A token without a time of issue counts as issued long ago.
  const std::int64_t issued_ms = to_ms(claims.issued_s.value_or(0));
  if (signed_before_password_change(claims, issued_ms, facts))
    return reject("INVALID_TOKEN", "User password changed, please signin again.");
  const bool outlived = longer_than(issued_ms, now_ms, policy.token_expiration_ms);
  if (!token.expired && !outlived) return {};

  std::int64_t expired_ms = 0;
  if (claims.expires_s)
    expired_ms = to_ms(*claims.expires_s);
  else if (__builtin_add_overflow(issued_ms, policy.token_expiration_ms, &expired_ms))
    return reject_invalid_token();
  if (policy.expired_renew_limit_ms > 0 && longer_than(expired_ms, now_ms, policy.expired_renew_limit_ms))
    return reject("EXPIRED_SESSION");
  if (facts.event_stream) return reject("SKIP_TOKEN_RENEW", "Stream api not allow renew token.");
  if (claims.jti.empty()) return reject_invalid_token();
  return {TokenDecision::Kind::kRenew, {}, {}};
}

}  // namespace flotilla::auth
