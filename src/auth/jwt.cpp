#include "auth/jwt.hpp"

#include <cmath>

#include "auth/secrets.hpp"
#include "base/strings.hpp"

namespace flotilla::auth {
namespace {

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

bool read_object(std::string_view part, JsonObject& object) {
  std::string text;
  if (!base64url_decode(part, text)) return false;
  bool ok = false;
  Json value = json::try_parse(text, &ok);
  if (!ok || !value.is_object()) return false;
  object = std::move(value.get_object());
  return true;
}

/// A NumericDate of RFC 7519. False when the claim is there but is no finite number.
bool read_seconds(const JsonObject& claims, std::string_view name, bool& present, double& seconds) {
  const Json* value = json::find(claims, name);
  present = value != nullptr;
  if (!present) return true;
  if (!value->is_number()) return false;
  seconds = value->to_number<double>();
  return std::isfinite(seconds);
}

}  // namespace

std::string sign_jwt(const JsonObject& claims, std::string_view secret) {
  std::string token = base64url_encode(kHeader) + '.' + base64url_encode(json::dump(claims));
  return token + '.' + base64url_encode(hmac_sha256(secret, token));
}

std::expected<VerifiedJwt, JwtError> verify_jwt(std::string_view token, std::string_view secret, UnixMs now) {
  if (token.size() > kTokenBytesMax) return std::unexpected(JwtError::kMalformed);
  std::size_t first = token.find('.');
  std::size_t last = token.rfind('.');
  if (first == token.npos || first == last || token.find('.', first + 1) != last)
    return std::unexpected(JwtError::kMalformed);

  JsonObject header;
  if (!read_object(token.substr(0, first), header)) return std::unexpected(JwtError::kMalformed);
  if (json::text(header, "alg") != "HS256" || header.contains("crit"))
    return std::unexpected(JwtError::kAlgorithm);
  std::string expected = base64url_encode(hmac_sha256(secret, token.substr(0, last)));
  if (!equal_secrets(expected, token.substr(last + 1))) return std::unexpected(JwtError::kBadSignature);

  VerifiedJwt verified;
  if (!read_object(token.substr(first + 1, last - first - 1), verified.claims))
    return std::unexpected(JwtError::kMalformed);
  bool has_exp = false, has_nbf = false, has_iat = false;
  double exp = 0, nbf = 0, iat = 0;
  if (!read_seconds(verified.claims, "exp", has_exp, exp) ||
      !read_seconds(verified.claims, "nbf", has_nbf, nbf) ||
      !read_seconds(verified.claims, "iat", has_iat, iat))
    return std::unexpected(JwtError::kMalformed);
  double now_s = std::floor(static_cast<double>(now.time_since_epoch().count()) / 1000);
  if (has_nbf && nbf > now_s) return std::unexpected(JwtError::kNotYetValid);
  verified.expired = has_exp && now_s >= exp;
  return verified;
}

}  // namespace flotilla::auth
