#include "data/value/text_shape.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <string>

namespace flotilla::data {
namespace {

constexpr std::size_t kDomainMax = 253, kLabelMax = 63, kLocalMax = 64, kEmailMax = 254;

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLabelMax && label.front() != '-' && label.back() != '-' &&
         only(label, [](char c) { return is_alphanumeric(c) || c == '-' || is_not_ascii(c); });
}

bool is_local_part(std::string_view local) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~.";
  return !local.empty() && local.size() <= kLocalMax && local.front() != '.' && local.back() != '.' &&
         local.find("..") == local.npos &&
         only(local, [&](char c) { return is_alphanumeric(c) || is_not_ascii(c) || kMarks.contains(c); });
}

/// Characters that a URI may hold, %XX complete.
bool is_uri_text(std::string_view text) {
  constexpr std::string_view kMarks = "-._~:/?#[]@!$&'()*+,;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
      i += 2;
    } else if (!is_alphanumeric(text[i]) && !kMarks.contains(text[i])) {
      return false;
    }
  }
  return true;
}

/// `user@host:port` without the slashes; the host may be an IPv6 address in brackets.
bool is_authority(std::string_view authority) {
  if (std::size_t at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
  std::string_view host = authority, port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == authority.npos || !is_ip(authority.substr(1, end - 1), false)) return false;
    host = authority.substr(0, end + 1);
    port = authority.substr(end + 1);
    if (!port.empty() && port.front() != ':') return false;
  } else {
    const std::size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    port = colon == authority.npos ? std::string_view{} : authority.substr(colon);
    if (host.find_first_of("[]") != host.npos) return false;
  }
  if (!port.empty()) port.remove_prefix(1);
  return !host.empty() && port.size() <= 5 && only(port, is_digit);
}

std::string_view without_braces(std::string_view text) {
  const bool braces = text.size() == 38 && text.front() == '{' && text.back() == '}';
  return braces ? text.substr(1, 36) : text;
}

}  // namespace

bool is_domain(std::string_view text, std::size_t labels_min) {
  if (text.empty() || text.size() > kDomainMax) return false;
  std::size_t labels = 0;
  std::string_view last;
  for (std::string_view rest = text;; ++labels) {
    const std::size_t dot = rest.find('.');
    last = rest.substr(0, dot);
    if (!is_label(last)) return false;
    if (dot == rest.npos) break;
    rest.remove_prefix(dot + 1);
  }
  // A name of several labels that ends in a number is an address gone wrong.
  return labels + 1 >= labels_min && (labels == 0 || !only(last, is_digit));
}

bool is_email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return text.size() <= kEmailMax && at != text.npos && is_local_part(text.substr(0, at)) &&
         is_domain(text.substr(at + 1), 2);
}

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos || colon == 0 || !is_letter(text.front())) return false;
  const std::string_view scheme = text.substr(0, colon);
  if (!only(scheme, [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; }))
    return false;
  std::string_view rest = text.substr(colon + 1);
  if (rest.empty() || !is_uri_text(rest)) return false;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    // file:///path is the one common form without a host.
    if (!(scheme == "file" && end == 0) && !is_authority(rest.substr(0, end))) return false;
    rest.remove_prefix(end);
  }
  return rest.find_first_of("[]") == rest.npos && rest.find('#') == rest.rfind('#');
}

bool is_relative_uri(std::string_view text) {
  const std::string_view first = text.substr(0, text.find_first_of("/?#"));
  return !text.empty() && first.find(':') == first.npos && is_uri_text(text) &&
         text.find_first_of("[]") == text.npos && text.find('#') == text.rfind('#');
}

bool is_guid(std::string_view text) {
  text = without_braces(text);
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return true;
}

char guid_version(std::string_view text) { return without_braces(text)[14]; }

bool is_ip(std::string_view text, bool cidr) {
  unsigned prefix = 0;
  bool has_prefix = false;
  if (const std::size_t slash = text.find('/'); slash != text.npos) {
    std::string_view digits = text.substr(slash + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (!cidr || error != std::errc{} || end != digits.data() + digits.size()) return false;
    has_prefix = true;
    text = text.substr(0, slash);
  }
  if (text.find('\0') != text.npos) return false;
  const std::string address(text);
  unsigned char bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return !has_prefix || prefix <= 32;
  if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) return !has_prefix || prefix <= 128;
  return false;
}

}  // namespace flotilla::data
