#pragma once

#include <string>
#include <string_view>

namespace flotilla::auth {

/// Compares in a time that depends on the lengths only, never on where the texts differ.
bool equal_secrets(std::string_view a, std::string_view b);

/// SHA-256 (FIPS 180-4): 32 bytes. Throws std::runtime_error when OpenSSL fails.
std::string sha256(std::string_view data);

/// HMAC-SHA-256 (RFC 2104, FIPS 180-4): 32 bytes. Throws std::runtime_error when OpenSSL fails.
std::string hmac_sha256(std::string_view key, std::string_view data);

}  // namespace flotilla::auth
