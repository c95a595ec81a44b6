#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/jwt.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace flotilla::auth {

/// Lifetimes of session tokens, in milliseconds.
struct TokenPolicy {
  std::int64_t token_expiration_ms = 86'400'000;     ///< 1 d: then the token has to be renewed
  std::int64_t session_expiration_ms = 604'800'000;  ///< 7 d after the sign-in: no renewal any more
  std::int64_t expired_renew_limit_ms = 86'400'000;  ///< 1 d after expiry: no renewal any more; 0: no limit
};

/// Reads tokenExpirationTime, sessionExpirationTime and expiredTokenRenewLimit (`1d`, `15m`, or
/// milliseconds); missing ones keep their default. Throws Error 400 naming the setting.
TokenPolicy read_token_policy(const JsonObject& config);

/// The claims that decide. Times that are missing are nullopt, texts empty.
struct TokenClaims {
  std::optional<std::int64_t> user_id;
  bool temp = false;  ///< session token; false: API key
  std::optional<std::int64_t> issued_s;
  std::optional<std::int64_t> expires_s;
  std::optional<std::int64_t> sign_in_ms;
  std::string jti;
  std::string role_name;  ///< acting role of an API key; overrides the request's
};
TokenClaims read_token_claims(const JsonObject& claims);

/// Token of an Authorization header: the prefix `Bearer ` is optional and of any case.
std::string_view bearer_token(std::string_view authorization);

/// What is known of a token's user and of the token itself besides its claims.
struct TokenFacts {
  bool user_exists = false;
  std::optional<std::int64_t> password_changed_ms = std::nullopt;  ///< users.passwordChangeTz
  bool blocked = false;       ///< its jti, or the whole token without one, is in the blacklist
  bool event_stream = false;  ///< the request's Accept is text/event-stream: no header can carry a new token
};

struct TokenDecision {
  enum class Kind { kAccept, kRenew, kReject };
  Kind kind = Kind::kAccept;
  std::string code;     ///< of a rejection
  std::string message;  ///< of a rejection
  /// The 401 of a rejection.
  Error error() const { return unauthorized(message, code); }
};

TokenDecision reject_empty_token();     ///< EMPTY_TOKEN
TokenDecision reject_invalid_token();   ///< INVALID_TOKEN: what verify_jwt refused
TokenDecision reject_failed_renewal();  ///< TOKEN_RENEW_FAILED: another request renewed this token longer ago

/// Decides on a token whose signature is good. Pure; the caller looks the facts up and carries a renewal out.
TokenDecision decide_token(const VerifiedJwt& token, const TokenFacts& facts, const TokenPolicy& policy,
                           UnixMs now);

}  // namespace flotilla::auth
