#include "api/cookies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/strings.hpp"

namespace flotilla::api {
namespace {

bool is_token_char(char c) {
  auto u = static_cast<unsigned char>(c);
  return u > 0x20 && u < 0x7f && !std::string_view("()<>@,;:\\\"/[]?={}").contains(c);
}

/// cookie-octet without `%`, which would be read as the start of an escape.
bool is_value_char(char c) {
  auto u = static_cast<unsigned char>(c);
  return u > 0x20 && u < 0x7f && !std::string_view("\",;\\%").contains(c);
}

bool is_path_char(char c) {
  auto u = static_cast<unsigned char>(c);
  return u >= 0x20 && u < 0x7f && c != ';';
}

}  // namespace

std::optional<std::string> find_cookie(std::string_view cookie_header, std::string_view name) {
  while (!cookie_header.empty()) {
    std::string_view pair = cookie_header.substr(0, cookie_header.find(';'));
    cookie_header.remove_prefix(std::min(cookie_header.size(), pair.size() + 1));
    std::size_t equals = pair.find('=');
    if (equals == pair.npos || trim(pair.substr(0, equals)) != name) continue;
    std::string_view value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    std::string decoded;
    return percent_decode(value, decoded) && is_utf8(decoded) ? decoded : std::string(value);
  }
  return std::nullopt;
}

std::string to_header(const SetCookie& cookie) {
  if (cookie.name.empty() || !std::ranges::all_of(cookie.name, is_token_char))
    throw std::invalid_argument(fmt::format("cookie name \"{}\" is not a token", cookie.name));
  if (!std::ranges::all_of(cookie.path, is_path_char))
    throw std::invalid_argument(
        fmt::format("path of cookie {} has characters that are not allowed", cookie.name));

  std::string out = cookie.name + '=';
  for (char c : cookie.value) {
    if (is_value_char(c))
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
  }
  if (!cookie.path.empty()) out += "; Path=" + cookie.path;
  if (cookie.max_age_s) {
    // Expires as well when deleting: old browsers ignore Max-Age.
    if (*cookie.max_age_s > 0)
      out += fmt::format("; Max-Age={}", *cookie.max_age_s);
    else
      out += "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
  }
  if (cookie.http_only) out += "; HttpOnly";
  if (cookie.secure) out += "; Secure";
  if (!cookie.same_site.empty()) out += "; SameSite=" + cookie.same_site;
  return out;
}

SetCookie cleared_cookie(std::string name, std::string path) {
  SetCookie cookie;
  cookie.name = std::move(name);
  cookie.path = std::move(path);
  cookie.max_age_s = 0;
  return cookie;
}

}  // namespace flotilla::api
