#include "base/redact.hpp"

#include <array>

#include "base/strings.hpp"

namespace flotilla {
namespace {

constexpr std::array<std::string_view, 7> kSecretParts = {"password", "passwd",     "secret",       "token",
                                                          "cookie",   "credential", "authorization"};

std::string hide_password(std::string_view text) {
  std::size_t scheme = text.find("://");
  if (scheme == text.npos) return std::string(text);
  std::size_t begin = scheme + 3;
  std::string_view authority = text.substr(begin, text.find_first_of("/?#", begin) - begin);
  // The last '@' ends the user part: passwords are met with an unescaped one.
  std::size_t at = authority.rfind('@');
  std::size_t colon = authority.find(':');
  if (at == text.npos || colon == text.npos || colon > at) return std::string(text);
  std::string out(text.substr(0, begin + colon + 1));
  out += kRedacted;
  out += text.substr(begin + at);
  return out;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  std::string low = lower(name);
  for (std::string_view part : kSecretParts) {
    if (low.contains(part)) return true;
  }
  for (std::string_view key : {"_key", "-key", "apikey", "privatekey"}) {
    if (low.ends_with(key)) return true;
  }
  return false;
}

std::string redact_url(std::string_view text) {
  std::string url = hide_password(text);
  std::size_t query = url.find('?');
  if (query == url.npos) return url;
  std::string out = url.substr(0, query + 1);
  std::string rest = url.substr(query + 1);
  bool first = true;
  for (const std::string& pair : split(rest, '&')) {
    if (!first) out += '&';
    first = false;
    std::size_t equals = pair.find('=');
    std::string name;
    bool readable = percent_decode(pair.substr(0, equals), name, true);
    bool secret = equals != pair.npos && (!readable || is_secret_name(name));
    out += secret ? pair.substr(0, equals + 1) + std::string(kRedacted) : pair;
  }
  return out;
}

std::string redact(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return is_secret_name(name) ? std::string(kRedacted) : redact_url(value);
}

}  // namespace flotilla
