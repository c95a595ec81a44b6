#pragma once

#include <memory>

#include "auth/jwt.hpp"
#include "auth/sharded_lru.hpp"

namespace flotilla::auth {

inline constexpr std::size_t kTokensCachedMax = 4096;

/// Tokens whose signature was found good, so that it is not computed again for each request. Only the claims
/// are remembered: whether a token is still accepted is decided anew each time. Thread-safe.
class TokenCache {
 public:
  explicit TokenCache(std::size_t capacity = kTokensCachedMax) : tokens_(capacity) {}

  /// The verified token, from memory or by verify_jwt. Expired ones are always verified again, and are not
  /// kept.
  std::expected<std::shared_ptr<const VerifiedJwt>, JwtError> verify(std::string_view token,
                                                                     std::string_view secret, UnixMs now);
  std::size_t size() { return tokens_.size(); }

 private:
  ShardedLru<VerifiedJwt> tokens_;
};

}  // namespace flotilla::auth
