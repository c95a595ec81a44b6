#include "base/strings.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

namespace flotilla {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }
char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 32) : c; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  c = to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Splits `12.5 kb` into 12.5 and `kb`; false when it does not start with a number.
bool number_and_unit(std::string_view text, double& number, std::string& unit) {
  text = trim(text);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return false;
  unit = lower(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
  return true;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (true) {
    std::size_t at = text.find(separator, from);
    parts.emplace_back(text.substr(from, at == text.npos ? text.npos : at - from));
    if (at == text.npos) return parts;
    from = at + 1;
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

bool iequals(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) out += separator;
    out += part;
  }
  return out;
}

std::string camel_case(std::string_view text) {
  std::string out;
  bool up = false;
  for (char c : text) {
    if (c == '_' || c == '-' || c == ' ' || c == '.') {
      up = !out.empty();
    } else {
      out += up ? to_upper(c) : (out.empty() ? to_lower(c) : c);
      up = false;
    }
  }
  return out;
}

std::string snake_case(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool after_lower = i > 0 && (is_lower(text[i - 1]) || is_digit(text[i - 1]));
    bool before_lower = i > 0 && is_upper(text[i - 1]) && i + 1 < text.size() && is_lower(text[i + 1]);
    if (is_upper(c) && (after_lower || before_lower)) out += '_';
    out += to_lower(c);
  }
  return out;
}

std::string pluralize(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> kIrregular[] = {
      {"person", "people"}, {"child", "children"}, {"man", "men"}, {"woman", "women"}, {"foot", "feet"}};
  std::string out(word);
  for (auto [one, many] : kIrregular) {
    if (out.ends_with(one)) return out.substr(0, out.size() - one.size()) + std::string(many);
    if (out.ends_with(many)) return out;
  }
  auto ends = [&](std::string_view suffix) { return out.ends_with(suffix); };
  if (ends("y") && out.size() > 1 && !std::string_view("aeiou").contains(out[out.size() - 2]))
    return out.substr(0, out.size() - 1) + "ies";
  if (ends("ss") || ends("x") || ends("ch") || ends("sh") || ends("z")) return out + "es";
  if (ends("s")) return out;
  return out + "s";
}

std::string singularize(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> kIrregular[] = {
      {"people", "person"}, {"children", "child"}, {"women", "woman"}, {"men", "man"}, {"feet", "foot"}};
  std::string out(word);
  for (auto [many, one] : kIrregular) {
    if (out.ends_with(many)) return out.substr(0, out.size() - many.size()) + std::string(one);
  }
  auto ends = [&](std::string_view suffix) { return out.ends_with(suffix); };
  if (ends("ies") && out.size() > 3) return out.substr(0, out.size() - 3) + "y";
  if (ends("sses") || ends("xes") || ends("ches") || ends("shes") || ends("zes") || ends("uses"))
    return out.substr(0, out.size() - 2);
  if (ends("ss") || ends("us") || ends("is")) return out;
  if (ends("s")) return out.substr(0, out.size() - 1);
  return out;
}

std::string hex(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    out += kHex[c >> 4];
    out += kHex[c & 15];
  }
  return out;
}

std::string base64url_encode(std::string_view bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned buffer = 0;
  int bits = 0;
  for (unsigned char c : bytes) {
    buffer = (buffer << 8) | c;
    for (bits += 8; bits >= 6; bits -= 6) out += kAlphabet[(buffer >> (bits - 6)) & 63];
  }
  if (bits > 0) out += kAlphabet[(buffer << (6 - bits)) & 63];
  return out;
}

bool base64url_decode(std::string_view text, std::string& out) {
  out.clear();
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  unsigned buffer = 0;
  int bits = 0;
  for (char c : text) {
    int value = is_upper(c)   ? c - 'A'
                : is_lower(c) ? c - 'a' + 26
                : is_digit(c) ? c - '0' + 52
                : c == '-'    ? 62
                : c == '_'    ? 63
                              : -1;
    if (value < 0) return false;
    buffer = (buffer << 6) | static_cast<unsigned>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>((buffer >> bits) & 255);
    }
  }
  return true;
}

bool percent_decode(std::string_view text, std::string& out, bool plus_is_space) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return false;
      int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return true;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || i + static_cast<std::size_t>(more) >= text.size()) return false;
    unsigned point = lead & (0x3fu >> more);
    for (int k = 1; k <= more; ++k) {
      auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xc0) != 0x80) return false;
      point = (point << 6) | (next & 0x3f);
    }
    if ((more == 2 && point < 0x800) || (more == 3 && (point < 0x10000 || point > 0x10ffff)) ||
        (point >= 0xd800 && point <= 0xdfff))
      return false;
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

long long parse_duration_ms(std::string_view text) {
  double number = 0;
  std::string unit;
  if (!number_and_unit(text, number, unit)) return -1;
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},           {"ms", 1},       {"msec", 1},        {"millisecond", 1}, {"milliseconds", 1},
      {"s", 1e3},        {"sec", 1e3},    {"secs", 1e3},      {"second", 1e3},    {"seconds", 1e3},
      {"m", 6e4},        {"min", 6e4},    {"mins", 6e4},      {"minute", 6e4},    {"minutes", 6e4},
      {"h", 36e5},       {"hr", 36e5},    {"hrs", 36e5},      {"hour", 36e5},     {"hours", 36e5},
      {"d", 864e5},      {"day", 864e5},  {"days", 864e5},    {"w", 6048e5},      {"week", 6048e5},
      {"weeks", 6048e5}, {"y", 315576e5}, {"year", 315576e5}, {"years", 315576e5}};
  for (auto [name, factor] : kUnits) {
    if (unit == name) return std::llround(number * factor);
  }
  return -1;
}

long long parse_size_bytes(std::string_view text) {
  double number = 0;
  std::string unit;
  if (!number_and_unit(text, number, unit)) return -1;
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1}, {"b", 1}, {"kb", 1024.0}, {"mb", 1048576.0}, {"gb", 1073741824.0}};
  for (auto [name, factor] : kUnits) {
    if (unit == name) return std::llround(number * factor);
  }
  return -1;
}

}  // namespace flotilla
