#include "auth/token_cache.hpp"

#include <cmath>

namespace flotilla::auth {
namespace {

/// As verify_jwt counts: whole seconds, expired from `exp` on, not before `nbf`.
bool in_force(const JsonObject& claims, UnixMs now) {
  const double now_s = std::floor(static_cast<double>(now.time_since_epoch().count()) / 1000);
  const Json* exp = json::find(claims, "exp");
  if (exp && now_s >= exp->to_number<double>()) return false;
  const Json* nbf = json::find(claims, "nbf");
  return !nbf || nbf->to_number<double>() <= now_s;
}

}  // namespace

std::expected<std::shared_ptr<const VerifiedJwt>, JwtError> TokenCache::verify(std::string_view token,
                                                                               std::string_view secret,
                                                                               UnixMs now) {
  if (token.size() > kTokenBytesMax) return std::unexpected(JwtError::kMalformed);
  if (auto known = tokens_.find(token); known && in_force(known->claims, now)) return known;
  std::expected<VerifiedJwt, JwtError> verified = verify_jwt(token, secret, now);
  if (!verified) return std::unexpected(verified.error());
  auto jwt = std::make_shared<const VerifiedJwt>(std::move(*verified));
  if (!jwt->expired) tokens_.put(token, jwt, tokens_.generation());
  return jwt;
}

}  // namespace flotilla::auth
