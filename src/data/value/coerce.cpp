#include "data/value/coerce.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/value/date_time.hpp"
#include "data/value/zone.hpp"

namespace flotilla::data {
namespace {

constexpr std::size_t kStringLengthDefault = 255;

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xc0) != 0x80; }));
}

[[noreturn]] void refuse(const Field& field, std::string_view type, const Json& value) {
  std::string shown = json::to_text(value);
  if (shown.size() > 80) shown = shown.substr(0, 80) + "…";
  throw bad_request(
      fmt::format("invalid input syntax for type {}: \"{}\" (field \"{}\")", type, shown, field.name));
}

/// A NUL can not be stored in a text column everywhere; it becomes the two characters \0, as the peer does.
std::string without_nul(std::string text) {
  for (std::size_t at = 0; (at = text.find('\0', at)) != text.npos; at += 2) text.replace(at, 1, "\\0");
  return text;
}

Param coerce_text(const Field& field, const Json& value, bool for_storage) {
  std::string text = without_nul(json::to_text(value));
  if (!for_storage) return text;
  if (json::truthy(field.options, "trim")) text = std::string(trim(text));
  if (text.empty() && field.unique) return std::monostate{};
  if (field.column_kind == ColumnKind::varchar) {
    const Json* length = field.option("length");
    std::size_t limit = length && length->is_int64() && length->get_int64() > 0
                            ? static_cast<std::size_t>(length->get_int64())
                            : kStringLengthDefault;
    if (text.size() > limit && characters(text) > limit)
      throw bad_request(fmt::format("{}: value too long, at most {} characters (field \"{}\")", field.label(),
                                    limit, field.name));
  }
  if (field.type == FieldType::uuid) {
    bool good = text.size() == 36;
    for (std::size_t i = 0; good && i < text.size(); ++i)
      good = (i == 8 || i == 13 || i == 18 || i == 23)
                 ? text[i] == '-'
                 : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!good) refuse(field, "uuid", value);
  }
  if (field.type == FieldType::uid) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      if (!(std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c == '-' && i > 0)))
        throw bad_request(
            fmt::format("{}: \"{}\" is not a valid identifier: letters, digits, _ and - (field \"{}\")",
                        field.label(), text, field.name));
    }
  }
  return text;
}

std::int64_t to_integer(const Field& field, const Json& value, std::string_view type) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_bool()) return value.get_bool();
  if (value.is_double()) {
    double d = value.get_double();
    if (std::floor(d) != d || std::abs(d) > 9.2e18) refuse(field, type, value);
    return static_cast<std::int64_t>(d);
  }
  if (value.is_string()) {
    std::string_view text = trim(std::string_view(value.get_string()));
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t out = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc{} && end == text.data() + text.size()) return out;
    if (error == std::errc::result_out_of_range)
      throw bad_request(
          fmt::format("value \"{}\" is out of range for type {} (field \"{}\")", text, type, field.name));
  }
  refuse(field, type, value);
}

Param coerce_integer(const Field& field, const Json& value) {
  const bool narrow = field.column_kind == ColumnKind::integer;
  std::string_view type = narrow ? "integer" : "bigint";
  std::int64_t out = to_integer(field, value, type);
  if (narrow &&
      (out > std::numeric_limits<std::int32_t>::max() || out < std::numeric_limits<std::int32_t>::min()))
    throw bad_request(
        fmt::format("value \"{}\" is out of range for type integer (field \"{}\")", out, field.name));
  return out;
}

double to_double(const Field& field, const Json& value, std::string_view type) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  if (value.is_string()) {
    std::string_view text = trim(std::string_view(value.get_string()));
    double out = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(out)) return out;
  }
  refuse(field, type, value);
}

Param coerce_decimal(const Field& field, const Json& value) {
  double number = to_double(field, value, "numeric");
  const Json* precision = field.option("precision");
  if (precision && precision->is_int64()) {
    double limit = std::pow(10.0, static_cast<double>(precision->get_int64() - field.scale));
    if (std::abs(number) >= limit)
      throw bad_request(
          fmt::format("numeric field overflow (field \"{}\": at most {} digits, {} of them after the point)",
                      field.name, precision->get_int64(), field.scale));
    return fmt::format("{:.{}f}", number, field.scale);
  }
  return json::to_text(value);
}

Param coerce_boolean(const Field& field, const Json& value) {
  if (value.is_bool()) return value.get_bool();
  if (value.is_int64() && (value.get_int64() == 0 || value.get_int64() == 1)) return value.get_int64() == 1;
  if (value.is_string()) {
    std::string text = lower(trim(std::string_view(value.get_string())));
    if (text == "true" || text == "t" || text == "1" || text == "yes" || text == "on") return true;
    if (text == "false" || text == "f" || text == "0" || text == "no" || text == "off") return false;
  }
  refuse(field, "boolean", value);
}

std::int64_t to_instant(const Field& field, const Json& value, const ValueZone& zone) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_double()) return static_cast<std::int64_t>(value.get_double());
  int minutes = zone.server_minutes;
  std::string text = json::to_text(value);
  if (const Json* given = field.option("timezone"); given && given->is_string()) {
    if (auto fixed = parse_offset(std::string_view(given->get_string()))) minutes = *fixed;
  } else if (given && given->is_bool() && given->get_bool() && text.size() > 10 && text[10] == ' ') {
    throw bad_request(
        fmt::format("Invalid date \"{}\": field \"{}\" takes ISO 8601 only, its option timezone is not "
                    "server, client or an offset",
                    text, field.name));
  }
  if (auto ms = parse_instant(text, minutes)) return *ms;
  throw bad_request(fmt::format("Invalid date \"{}\" (field \"{}\")", text, field.name));
}

Param coerce_wall_clock(const Field& field, const Json& value, const ValueZone& zone) {
  if (value.is_int64()) return wall_clock(value.get_int64(), zone.server_minutes);
  std::string text = json::to_text(value);
  const bool has_zone =
      text.ends_with('Z') || (text.size() > 10 && text.find_first_of("+-", 10) != text.npos);
  // Text without a zone is a wall clock already: read and written in the same zone it stays what it is.
  if (auto ms = parse_instant(text, 0)) return wall_clock(*ms, has_zone ? zone.server_minutes : 0);
  throw bad_request(fmt::format("Invalid date \"{}\" (field \"{}\")", text, field.name));
}

Param coerce_day(const Field& field, const Json& value, const ValueZone& zone) {
  std::string text = json::to_text(value);
  if (value.is_string() && is_date_text(text)) return text;
  if (auto ms =
          value.is_int64() ? std::optional(value.get_int64()) : parse_instant(text, zone.server_minutes))
    return date_text(*ms, zone.server_minutes);
  throw bad_request(fmt::format("Invalid date \"{}\" (field \"{}\")", text, field.name));
}

/// Lists are sorted when they are saved, sets lose what they hold twice.
Param coerce_list(const Field& field, const Json& value, bool for_storage) {
  if (for_storage && !value.is_array()) refuse(field, "array", value);
  JsonArray list;
  if (value.is_array())
    list = value.get_array();
  else
    list.push_back(value);
  if (for_storage) sort_as_text(list);
  if (for_storage && field.type == FieldType::set) {
    auto twice = std::ranges::unique(list, {}, [](const Json& item) { return json::to_text(item); });
    list.erase(twice.begin(), twice.end());
  }
  return json::dump(Json(std::move(list)));
}

Param coerce_with(const Field& field, const Json& value, const ValueZone& zone, bool for_storage) {
  if (value.is_null()) return std::monostate{};
  switch (field.values) {
    case ValueClass::text:
      return coerce_text(field, value, for_storage);
    case ValueClass::integer:
      return coerce_integer(field, value);
    case ValueClass::number:
      return to_double(field, value, "double precision");
    case ValueClass::decimal:
      return coerce_decimal(field, value);
    case ValueClass::boolean:
      return coerce_boolean(field, value);
    case ValueClass::json:
      return json::dump(value);
    case ValueClass::list:
      return coerce_list(field, value, for_storage);
    case ValueClass::instant:
      return Instant{storage_text(to_instant(field, value, zone))};
    case ValueClass::wall_clock:
      return coerce_wall_clock(field, value, zone);
    case ValueClass::day:
      return coerce_day(field, value, zone);
    case ValueClass::time_of_day: {
      std::string text = json::to_text(value);
      if (auto time = normalize_time(text)) return *time;
      throw bad_request(
          fmt::format("date/time field value out of range: \"{}\" (field \"{}\")", text, field.name));
    }
    case ValueClass::unix: {
      if (value.is_number()) return to_integer(field, value, "bigint");
      std::int64_t ms = to_instant(field, value, zone);
      return field.millis ? ms : (ms >= 0 ? ms : ms - 999) / 1000;
    }
    case ValueClass::blob:
      return Blob{json::to_text(value)};
    case ValueClass::none:
      return std::monostate{};
  }
  return std::monostate{};
}

}  // namespace

void sort_as_text(JsonArray& list) {
  std::ranges::stable_sort(list, {}, [](const Json& item) { return json::to_text(item); });
}

Param coerce(const Field& field, const Json& value, const ValueZone& zone) {
  return coerce_with(field, value, zone, true);
}

Param coerce_operand(const Field& field, const Json& value, const ValueZone& zone) {
  return coerce_with(field, value, zone, false);
}

}  // namespace flotilla::data
