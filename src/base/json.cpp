#include "base/json.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "base/error.hpp"

namespace flotilla::json {
namespace {

constexpr std::size_t kDepthMax = 64;

Json parse_with(std::string_view text, boost::system::error_code& error, std::size_t& consumed) {
  boost::json::parse_options options;
  options.max_depth = kDepthMax;
  options.allow_invalid_utf8 = false;
  boost::json::parser parser({}, options);
  consumed = parser.write_some(text.data(), text.size(), error);
  if (error) return nullptr;
  while (consumed < text.size() && std::string_view(" \t\r\n").contains(text[consumed])) ++consumed;
  if (consumed < text.size()) {
    error = boost::json::error::extra_data;
    return nullptr;
  }
  return parser.release();
}

}  // namespace

Json parse(std::string_view text) {
  boost::system::error_code error;
  std::size_t at = 0;
  Json value = parse_with(text, error, at);
  if (error) throw bad_request(fmt::format("invalid JSON at position {}: {}", at, error.message()));
  return value;
}

Json try_parse(std::string_view text, bool* ok) {
  boost::system::error_code error;
  std::size_t at = 0;
  Json value = parse_with(text, error, at);
  *ok = !error;
  return value;
}

std::string dump(const Json& value) { return boost::json::serialize(value); }

const Json* find(const JsonObject& object, std::string_view key) { return object.if_contains(key); }

std::string_view text(const JsonObject& object, std::string_view key, std::string_view fallback) {
  const Json* value = object.if_contains(key);
  if (!value || !value->is_string()) return fallback;
  return {value->get_string().data(), value->get_string().size()};
}

bool truthy(const JsonObject& object, std::string_view key) {
  const Json* value = object.if_contains(key);
  return value && truthy(*value);
}

bool truthy(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return false;
    case boost::json::kind::bool_:
      return value.get_bool();
    case boost::json::kind::int64:
      return value.get_int64() != 0;
    case boost::json::kind::uint64:
      return value.get_uint64() != 0;
    case boost::json::kind::double_:
      return value.get_double() != 0;
    case boost::json::kind::string:
      return !value.get_string().empty();
    default:
      return true;
  }
}

std::string to_text(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case boost::json::kind::int64:
      return std::to_string(value.get_int64());
    case boost::json::kind::uint64:
      return std::to_string(value.get_uint64());
    case boost::json::kind::double_: {
      double d = value.get_double();
      if (std::floor(d) == d && std::abs(d) < 1e21) return fmt::format("{:.0f}", d);
      return fmt::format("{}", d);
    }
    case boost::json::kind::string:
      return std::string(value.get_string());
    case boost::json::kind::object:
      return "[object Object]";
    case boost::json::kind::array: {
      std::string out;
      for (const Json& item : value.get_array()) {
        if (!out.empty()) out += ',';
        if (!item.is_null()) out += to_text(item);
      }
      return out;
    }
  }
  return {};
}

void merge(JsonObject& into, const JsonObject& from) {
  for (const auto& [key, value] : from) {
    Json* mine = into.if_contains(key);
    if (mine && mine->is_object() && value.is_object())
      merge(mine->get_object(), value.get_object());
    else
      into[key] = value;
  }
}

bool is_integer(const Json& value) {
  if (value.is_int64() || value.is_uint64()) return true;
  return value.is_double() && std::floor(value.get_double()) == value.get_double();
}

}  // namespace flotilla::json
