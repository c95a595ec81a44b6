#include <algorithm>
#include <array>
#include <cmath>

#include "base/strings.hpp"
#include "data/value/date_time.hpp"
#include "data/value/text_pattern.hpp"
#include "data/value/text_shape.hpp"
#include "data/value/validation_rule.hpp"

namespace flotilla::data {
namespace {

/// As JavaScript counts: UTF-16 units, so characters outside the basic plane are two.
std::size_t length_of(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xc0) != 0x80 ? (byte >= 0xf0 ? 2 : 1) : 0;
  }
  return units;
}

void check_length(const ValidationRule& rule, std::string_view text, ValidationReport& report) {
  auto limit = rule.number();
  if (!limit) return;
  const bool bytes = rule.option("encoding") && rule.option("encoding")->is_string();
  const auto length = static_cast<double>(bytes ? text.size() : length_of(text));
  const std::string shown = number_text(*limit);
  if (rule.name == "min")
    report.require(length >= *limit, fmt::format("length must be at least {} characters long", shown));
  else if (rule.name == "max")
    report.require(length <= *limit,
                   fmt::format("length must be less than or equal to {} characters long", shown));
  else
    report.require(length == *limit, fmt::format("length must be {} characters long", shown));
}

void check_pattern(const ValidationRule& rule, std::string_view text, ValidationReport& report) {
  const Json* regex = rule.argument("regex");
  if (!regex || !regex->is_string() || regex->get_string().empty()) return;
  const Json* name = rule.option("name");
  const Json* invert = rule.option("invert");
  const bool inverted = invert && json::truthy(*invert);
  const TextPattern pattern(std::string_view(regex->get_string().data(), regex->get_string().size()));
  if (pattern.matches(text) != inverted) return;
  const bool named = name && name->is_string() && !name->get_string().empty();
  const std::string what =
      named ? fmt::format("{} pattern", json::to_text(*name)) : "required pattern: " + pattern.shown();
  if (inverted) {
    report.fail(fmt::format("with value \"{}\" matches the inverted {}", text,
                            named ? what : "pattern: " + pattern.shown()));
  } else {
    report.fail(fmt::format("with value \"{}\" fails to match the {}", text, what));
  }
}

void check_email(const ValidationRule& rule, std::string_view text, ValidationReport& report) {
  const Json* multiple = rule.option("multiple");
  bool good = true;
  if (multiple && json::truthy(*multiple)) {
    for (const std::string& part : split(text, ',')) good = good && is_email(trim(part));
  } else {
    good = is_email(text);
  }
  report.require(good, "must be a valid email");
}

void check_uri(const ValidationRule& rule, std::string_view text, ValidationReport& report) {
  const Json* relative = rule.option("allowRelative");
  if (relative && json::truthy(*relative) && is_relative_uri(text)) return;
  if (!is_uri(text)) return report.fail("must be a valid uri");
  const Json* scheme = rule.option("scheme");
  if (!scheme || scheme->is_null()) return;
  std::vector<std::string> allowed;
  if (scheme->is_array()) {
    for (const Json& item : scheme->get_array()) allowed.push_back(json::to_text(item));
  } else {
    allowed.push_back(json::to_text(*scheme));
  }
  const std::string_view mine = text.substr(0, text.find(':'));
  const bool listed =
      std::ranges::any_of(allowed, [&](const std::string& one) { return iequals(one, mine); });
  report.require(
      listed || allowed.empty(),
      fmt::format("must be a valid uri with a scheme matching the {} pattern", join(allowed, "|")));
}

void check_uuid(const ValidationRule& rule, std::string_view text, ValidationReport& report) {
  bool good = is_guid(text);
  const Json* version = rule.option("version");
  if (good && version && !version->is_null()) {
    // Versions are spelt uuidv4, one or a list of them.
    const std::string wanted = json::to_text(*version) + ",";
    good = wanted.find(fmt::format("uuidv{},", guid_version(text))) != wanted.npos;
  }
  report.require(good, "must be a valid GUID");
}

struct Shape {
  std::string_view rule;
  bool (*fits)(std::string_view);
  std::string_view message;
};

constexpr std::array<Shape, 10> kShapes{{
    {"alphanum", [](std::string_view t) { return only(t, is_alphanumeric); },
     "must only contain alpha-numeric characters"},
    {"token",
     [](std::string_view t) { return only(t, [](char c) { return is_alphanumeric(c) || c == '_'; }); },
     "must only contain alpha-numeric and underscore characters"},
    {"hex", [](std::string_view t) { return only(t, is_hex_digit); },
     "must only contain hexadecimal characters"},
    {"lowercase", [](std::string_view t) { return lower(t) == t; }, "must only contain lowercase characters"},
    {"uppercase",
     [](std::string_view t) { return !std::ranges::any_of(t, [](char c) { return c >= 'a' && c <= 'z'; }); },
     "must only contain uppercase characters"},
    {"trim", [](std::string_view t) { return trim(t) == t; }, "must not have leading or trailing whitespace"},
    {"domain", [](std::string_view t) { return is_domain(t, 2); }, "must contain a valid domain name"},
    {"hostname", [](std::string_view t) { return is_domain(t, 1) || is_ip(t, false); },
     "must be a valid hostname"},
    {"ip", [](std::string_view t) { return is_ip(t, true); },
     "must be a valid ip address with a optional CIDR"},
    {"isoDate", [](std::string_view t) { return parse_instant(t, 0).has_value(); }, "must be in iso format"},
}};

void check_shape(const ValidationRule& rule, std::string_view text, ValidationReport& report) {
  for (const Shape& shape : kShapes) {
    if (shape.rule == rule.name) return report.require(shape.fits(text), shape.message);
  }
}

}  // namespace

void validate_text(const ValidationRules& rules, const Json& value, ValidationReport& report) {
  if (!value.is_string() && !value.is_number()) return report.fail("must be a string");
  const std::string text = json::to_text(value);
  for (const ValidationRule& rule : rules) {
    if (rule.name == "min" || rule.name == "max" || rule.name == "length")
      check_length(rule, text, report);
    else if (rule.name == "pattern" || rule.name == "regex")
      check_pattern(rule, text, report);
    else if (rule.name == "email")
      check_email(rule, text, report);
    else if (rule.name == "uri" || rule.name == "url")
      check_uri(rule, text, report);
    else if (rule.name == "uuid" || rule.name == "guid")
      check_uuid(rule, text, report);
    else
      check_shape(rule, text, report);
  }
}

}  // namespace flotilla::data
