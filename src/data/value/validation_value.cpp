#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "base/clock.hpp"
#include "base/strings.hpp"
#include "data/value/date_time.hpp"
#include "data/value/validation_rule.hpp"

namespace flotilla::data {
namespace {

/// Decimal places as written: zeros at the end of a text count.
int decimal_places(const Json& value) {
  std::string text =
      value.is_string()
          ? std::string(trim(std::string_view(value.get_string().data(), value.get_string().size())))
          : json::to_text(value);
  int exponent = 0;
  if (const std::size_t at = text.find_first_of("eE"); at != text.npos) {
    exponent = static_cast<int>(std::strtol(text.c_str() + at + 1, nullptr, 10));
    text.resize(at);
  }
  const std::size_t point = text.find('.');
  const int written = point == text.npos ? 0 : static_cast<int>(text.size() - point - 1);
  return std::max(0, written - exponent);
}

bool is_multiple(double value, double of) {
  const double times = value / of;
  return std::abs(times - std::round(times)) < 1e-9 * std::max(1.0, std::abs(times));
}

struct Bound {
  std::string_view rule;
  bool (*holds)(double value, double limit);
  std::string_view words;
};

constexpr std::array<Bound, 4> kBounds{{
    {"min", [](double v, double l) { return v >= l; }, "must be greater than or equal to"},
    {"max", [](double v, double l) { return v <= l; }, "must be less than or equal to"},
    {"greater", [](double v, double l) { return v > l; }, "must be greater than"},
    {"less", [](double v, double l) { return v < l; }, "must be less than"},
}};

const Bound* bound_of(std::string_view rule) {
  for (const Bound& bound : kBounds) {
    if (bound.rule == rule) return &bound;
  }
  return nullptr;
}

std::optional<std::int64_t> instant_of(const Json& value, std::optional<std::int64_t> now_ms) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_double() && std::abs(value.get_double()) <= static_cast<double>(kInstantMax))
    return static_cast<std::int64_t>(value.get_double());
  if (!value.is_string()) return std::nullopt;
  std::string_view text(value.get_string().data(), value.get_string().size());
  if (text == "now") return now_ms ? *now_ms : Clock::system().now().time_since_epoch().count();
  return parse_instant(text, 0);
}

void check_size(const ValidationRule& rule, std::size_t size, std::string_view least, std::string_view most,
                std::string_view exact, ValidationReport& report) {
  auto limit = rule.number();
  if (!limit) return;
  const auto count = static_cast<double>(size);
  const std::string shown = number_text(*limit);
  if (rule.name == "min") report.require(count >= *limit, fmt::format(fmt::runtime(least), shown));
  if (rule.name == "max") report.require(count <= *limit, fmt::format(fmt::runtime(most), shown));
  if (rule.name == "length") report.require(count == *limit, fmt::format(fmt::runtime(exact), shown));
}

}  // namespace

void validate_number(const ValidationRules& rules, const Json& value, ValidationReport& report) {
  auto number = numeric(value);
  if (!number) return report.fail("must be a number");
  for (const ValidationRule& rule : rules) {
    if (rule.name == "integer")
      report.require(std::floor(*number) == *number, "must be an integer");
    else if (rule.name == "positive")
      report.require(*number > 0, "must be a positive number");
    else if (rule.name == "negative")
      report.require(*number < 0, "must be a negative number");
    else if (rule.name == "port")
      report.require(std::floor(*number) == *number && *number >= 0 && *number <= 65535,
                     "must be a valid port");
    else if (auto limit = rule.number(rule.name == "multiple" ? "base" : "limit")) {
      const std::string shown = number_text(*limit);
      if (const Bound* bound = bound_of(rule.name)) {
        report.require(bound->holds(*number, *limit), fmt::format("{} {}", bound->words, shown));
      } else if (rule.name == "precision") {
        report.require(decimal_places(value) <= *limit,
                       fmt::format("must have no more than {} decimal places", shown));
      } else if (rule.name == "multiple" && *limit != 0) {
        report.require(is_multiple(*number, *limit), fmt::format("must be a multiple of {}", shown));
      }
    }
  }
}

void validate_date(const ValidationRules& rules, const Json& value, std::optional<std::int64_t> now_ms,
                   ValidationReport& report) {
  auto instant = value == "now" ? std::nullopt : instant_of(value, now_ms);
  if (!instant) return report.fail("must be a valid date");
  for (const ValidationRule& rule : rules) {
    const Bound* bound = bound_of(rule.name);
    const Json* given = bound ? rule.argument("date") : nullptr;
    auto limit = given ? instant_of(*given, now_ms) : std::nullopt;
    if (limit) {
      report.require(bound->holds(static_cast<double>(*instant), static_cast<double>(*limit)),
                     fmt::format("{} \"{}\"", bound->words, iso_text(*limit)));
    } else if (rule.name == "iso") {
      report.require(value.is_string(), "must be in ISO 8601 date format");
    }
  }
}

void validate_array(const ValidationRules& rules, const Json& value, ValidationReport& report) {
  if (!value.is_array()) return report.fail("must be an array");
  const JsonArray& list = value.get_array();
  for (const ValidationRule& rule : rules) {
    check_size(rule, list.size(), "must contain at least {} items",
               "must contain less than or equal to {} items", "must contain {} items", report);
  }
}

void validate_object(const ValidationRules& rules, const Json& value, ValidationReport& report) {
  if (value.is_bool()) return report.fail("must be of type object");
  if (!value.is_object()) return;
  for (const ValidationRule& rule : rules) {
    check_size(rule, value.get_object().size(), "must have at least {} keys",
               "must have less than or equal to {} keys", "must have {} keys", report);
  }
}

}  // namespace flotilla::data
