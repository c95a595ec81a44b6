#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace flotilla::auth {

/// Longer tokens are malformed without being looked at.
inline constexpr std::size_t kTokenBytesMax = 8192;

enum class JwtError {
  kMalformed,  ///< not three base64url parts with JSON objects, or claims of the wrong type
  kAlgorithm,  ///< anything but HS256, or an extension marked critical
  kBadSignature,
  kNotYetValid,  ///< `nbf` lies ahead
};

struct VerifiedJwt {
  JsonObject claims;
  bool expired = false;  ///< `exp` has passed; the signature is good all the same
};

/// A compact JWS with HS256 (RFC 7515, RFC 7519). `secret` is raw bytes. Claims are taken as they are: set
/// iat and exp (seconds) before.
std::string sign_jwt(const JsonObject& claims, std::string_view secret);

/// Checks form, algorithm, signature (in constant time), exp and nbf. The signature must be in its one
/// canonical spelling, so that a blocked token cannot come back as a different text. Never throws on bad
/// tokens.
std::expected<VerifiedJwt, JwtError> verify_jwt(std::string_view token, std::string_view secret, UnixMs now);

}  // namespace flotilla::auth
