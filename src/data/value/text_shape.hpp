#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace flotilla::data {

// Whether a text is one of the forms that validation rules ask for. Pure.

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || is_letter(c); }
constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_not_ascii(char c) { return (c & 0x80) != 0; }

template <typename Test>
constexpr bool only(std::string_view text, Test test) {
  return std::ranges::all_of(text, test);
}

/// Labels of RFC 1123, at least `labels_min` of them, at most 253 characters; internationalised names count
/// as letters.
bool is_domain(std::string_view text, std::size_t labels_min);
/// local@domain with an unquoted local part of RFC 5321 (at most 64 characters) and a domain of two labels or
/// more.
bool is_email(std::string_view text);
/// RFC 3986: an absolute URI; with an authority, it has a host.
bool is_uri(std::string_view text);
/// A path, query or fragment of characters that RFC 3986 allows, and no scheme.
bool is_relative_uri(std::string_view text);
/// 8-4-4-4-12 hexadecimal digits, perhaps in braces.
bool is_guid(std::string_view text);
/// The version digit of a text that is_guid().
char guid_version(std::string_view text);
/// IPv4 or IPv6 address; `cidr` allows a prefix length behind it.
bool is_ip(std::string_view text, bool cidr);

}  // namespace flotilla::data
