#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace flotilla::auth {

/// Longer passwords are refused: hashing time must not be the caller's choice.
inline constexpr std::size_t kPasswordBytesMax = 4096;

/// Sizes a password field may set. The stored text is the salt (2 * random_bytes hex digits) and the key (the
/// rest of `length` hex digits).
struct PasswordShape {
  std::size_t length = 64;       ///< characters of the stored text, even
  std::size_t random_bytes = 8;  ///< bytes of salt, less than half of length
};

/// scrypt (RFC 7914) with N=16384, r=8, p=1; the salt's hex text, not its bytes, goes into the function.
/// Blocks for about 40 ms and takes 16 MiB: run it on a BlockingPool, never on an event loop. Thread-safe.
/// Throws Error 400 for a password beyond kPasswordBytesMax, std::invalid_argument for an impossible shape.
std::string hash_password(std::string_view password, Random& random, PasswordShape shape = {});

/// False for a wrong password and for a stored text that is no hash of that shape (an empty one takes no
/// time). Compares in constant time. Blocks as hash_password does; thread-safe.
bool verify_password(std::string_view password, std::string_view stored, PasswordShape shape = {});

/// A hash that no password matches in practice. Verify against it when there is no such account, so that the
/// time of an answer does not tell which accounts exist.
std::string_view decoy_password_hash();

}  // namespace flotilla::auth
