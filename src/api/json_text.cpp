#include "api/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parser.hpp>
#include <charconv>
#include <cmath>

#include "api/json_fault.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

Json parse_with(std::string_view text, boost::system::error_code& error) {
  boost::json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::json::parser parser({}, options);
  std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (error) return nullptr;
  if (text.find_first_not_of(" \t\r\n", used) != text.npos) {
    error = boost::json::error::extra_data;
    return nullptr;
  }
  return parser.release();
}

/// The code unit of `\uXXXX` at `at`, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  unsigned unit = 0;
  const char* from = text.data() + at + 2;
  auto [end, error] = std::from_chars(from, from + 4, unit, 16);
  return error == std::errc{} && end == from + 4 ? static_cast<int>(unit) : -1;
}

bool is_high(int unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low(int unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

/// JavaScript clients may send half of a surrogate pair (a text cut in the middle of an emoji).
std::string replace_lone_surrogates(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    int unit = escaped_unit(text, at);
    std::size_t length = unit >= 0 ? 6 : 2;
    if (is_high(unit) && is_low(escaped_unit(text, at + 6)))
      length = 12;
    else if (is_high(unit) || is_low(unit)) {
      out += "\\ufffd";
      at += length;
      continue;
    }
    out += text.substr(at, length);
    at += std::min(length, text.size() - at);
  }
  return out;
}

bool has_infinity(const Json& value) {
  if (value.is_double()) return !std::isfinite(value.get_double());
  if (value.is_array()) return std::ranges::any_of(value.get_array(), has_infinity);
  if (value.is_object())
    return std::ranges::any_of(value.get_object(),
                               [](const auto& member) { return has_infinity(member.value()); });
  return false;
}

}  // namespace

std::expected<Json, JsonFault> read_json_text(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  boost::system::error_code error;
  Json value = parse_with(text, error);
  if (error && error != boost::json::error::too_deep && text.contains("\\u"))
    value = parse_with(replace_lone_surrogates(text), error);

  if (error == boost::json::error::too_deep)
    return std::unexpected(
        JsonFault{true, fmt::format("JSON is nested deeper than {} levels", kJsonDepthMax)});
  if (error && !is_utf8(text)) return std::unexpected(JsonFault{false, "JSON text is not valid UTF-8"});
  if (error) return std::unexpected(JsonFault{false, describe_json_fault(text)});
  if (has_infinity(value))
    return std::unexpected(JsonFault{true, "JSON contains a number beyond the range of a double"});
  return value;
}

}  // namespace flotilla::api
