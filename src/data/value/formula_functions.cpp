#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/value/formula.hpp"
#include "data/value/formula_value.hpp"

namespace flotilla::data {
namespace {

using Arguments = std::span<const Json>;

std::optional<double> as_number(const Json& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  if (value.is_bool()) return value.get_bool() ? 1 : 0;
  if (!value.is_string()) return std::nullopt;
  std::string_view text = trim(std::string_view(value.get_string().data(), value.get_string().size()));
  double out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(out) ? std::optional(out)
                                                                                        : std::nullopt;
}

void collect(const Json& value, std::vector<const Json*>& out) {
  if (value.is_array()) {
    for (const Json& item : value.get_array()) collect(item, out);
  } else if (!value.is_null()) {
    out.push_back(&value);
  }
}

std::vector<const Json*> flat(Arguments arguments) {
  std::vector<const Json*> out;
  for (const Json& argument : arguments) collect(argument, out);
  return out;
}

std::vector<double> numbers(Arguments arguments) {
  std::vector<double> out;
  for (const Json* value : flat(arguments)) out.push_back(*formula_number(*value));
  return out;
}

double round_half_away(double value, double digits) {
  const double scale = std::pow(10.0, std::clamp(std::trunc(digits), -300.0, 300.0));
  const double scaled = value * scale;
  // Beyond 2^53 there are no decimals left to round.
  if (!std::isfinite(scaled) || std::abs(scaled) >= 9007199254740992.0) return value;
  // 1.005 * 100 is 100.49999999999999: a relative nudge of some ulps undoes what the product lost.
  return std::round(scaled + std::copysign(std::abs(scaled) * 4e-16, scaled)) / scale;
}

double modulo(double a, double b) { return b == 0 ? a : a - b * std::floor(a / b); }

std::string text_of(const Json& value) { return value.is_null() ? std::string{} : json::to_text(value); }

/// Start of every character and the end, for functions that count characters.
std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xc0) != 0x80) out.push_back(i);
  }
  out.push_back(text.size());
  return out;
}

std::string characters(std::string_view text, double first, double count) {
  const std::vector<std::size_t> starts = character_starts(text);
  const auto length = static_cast<double>(starts.size() - 1);
  const double from = std::clamp(std::trunc(first), 0.0, length),
               to = std::clamp(from + std::trunc(count), from, length);
  const std::size_t begin = starts[static_cast<std::size_t>(from)];
  return std::string(text.substr(begin, starts[static_cast<std::size_t>(to)] - begin));
}

/// A function of numbers: null when one of them is.
template <typename F>
Json of_numbers(Arguments arguments, F f) {
  std::array<double, 3> values{};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto value = formula_number(arguments[i]);
    if (!value) return nullptr;
    values[i] = *value;
  }
  return formula_result(f(values));
}

#define FLOTILLA_UNARY(call) [](Arguments a) { return of_numbers(a, [](const auto& v) { return call; }); }

Json median(Arguments arguments) {
  std::vector<double> values = numbers(arguments);
  if (values.empty()) return nullptr;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return formula_result(values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2);
}

Json average(Arguments arguments) {
  const std::vector<double> values = numbers(arguments);
  if (values.empty()) return nullptr;
  double total = 0;
  for (double value : values) total += value;
  return formula_result(total / static_cast<double>(values.size()));
}

Json total(Arguments arguments) {
  double out = 0;
  for (double value : numbers(arguments)) out += value;
  return formula_result(out);
}

Json smallest(Arguments arguments) {
  const std::vector<double> values = numbers(arguments);
  return values.empty() ? Json() : formula_result(std::ranges::min(values));
}

Json largest(Arguments arguments) {
  const std::vector<double> values = numbers(arguments);
  return values.empty() ? Json() : formula_result(std::ranges::max(values));
}

Json concat(Arguments arguments) {
  std::string out;
  for (const Json* value : flat(arguments)) {
    out += text_of(*value);
    if (out.size() > kFormulaTextMax)
      throw bad_request(fmt::format("formula: a text may have at most {} characters", kFormulaTextMax));
  }
  return Json(out);
}

Json ifs(Arguments arguments) {
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    if (json::truthy(arguments[i])) return arguments[i + 1];
  }
  return nullptr;
}

struct Function {
  std::string_view name;
  std::size_t least, most;
  Json (*call)(Arguments);
};

constexpr std::size_t kAny = 1000;

constexpr std::array kFunctions{
    Function{"abs", 1, 1, FLOTILLA_UNARY(std::abs(v[0]))},
    Function{"sign", 1, 1,
             FLOTILLA_UNARY(v[0] > 0   ? 1.0
                            : v[0] < 0 ? -1.0
                                       : 0.0)},
    Function{"sqrt", 1, 1, FLOTILLA_UNARY(std::sqrt(v[0]))},
    Function{"cbrt", 1, 1, FLOTILLA_UNARY(std::cbrt(v[0]))},
    Function{"exp", 1, 1, FLOTILLA_UNARY(std::exp(v[0]))},
    Function{"ln", 1, 1, FLOTILLA_UNARY(std::log(v[0]))},
    Function{"log", 1, 2,
             [](Arguments a) {
               return of_numbers(a, [&](const auto& v) {
                 return a.size() == 2 ? std::log(v[0]) / std::log(v[1]) : std::log(v[0]);
               });
             }},
    Function{"log10", 1, 1, FLOTILLA_UNARY(std::log10(v[0]))},
    Function{"log2", 1, 1, FLOTILLA_UNARY(std::log2(v[0]))},
    Function{"pow", 2, 2, FLOTILLA_UNARY(std::pow(v[0], v[1]))},
    Function{"power", 2, 2, FLOTILLA_UNARY(std::pow(v[0], v[1]))},
    Function{"mod", 2, 2, FLOTILLA_UNARY(modulo(v[0], v[1]))},
    Function{"round", 1, 2, FLOTILLA_UNARY(round_half_away(v[0], v[1]))},
    Function{"ceil", 1, 1, FLOTILLA_UNARY(std::ceil(v[0]))},
    Function{"floor", 1, 1, FLOTILLA_UNARY(std::floor(v[0]))},
    Function{"fix", 1, 1, FLOTILLA_UNARY(std::trunc(v[0]))},
    Function{"trunc", 1, 1, FLOTILLA_UNARY(std::trunc(v[0]))},
    Function{"sin", 1, 1, FLOTILLA_UNARY(std::sin(v[0]))},
    Function{"cos", 1, 1, FLOTILLA_UNARY(std::cos(v[0]))},
    Function{"tan", 1, 1, FLOTILLA_UNARY(std::tan(v[0]))},
    Function{"asin", 1, 1, FLOTILLA_UNARY(std::asin(v[0]))},
    Function{"acos", 1, 1, FLOTILLA_UNARY(std::acos(v[0]))},
    Function{"atan", 1, 1, FLOTILLA_UNARY(std::atan(v[0]))},
    Function{"atan2", 2, 2, FLOTILLA_UNARY(std::atan2(v[0], v[1]))},
    Function{"sum", 1, kAny, total},
    Function{"avg", 1, kAny, average},
    Function{"average", 1, kAny, average},
    Function{"mean", 1, kAny, average},
    Function{"median", 1, kAny, median},
    Function{"min", 1, kAny, smallest},
    Function{"max", 1, kAny, largest},
    Function{"count", 1, kAny, [](Arguments a) { return Json(static_cast<std::int64_t>(flat(a).size())); }},
    Function{"if", 2, 3,
             [](Arguments a) { return json::truthy(a[0]) ? a[1]
                                      : a.size() == 3    ? a[2]
                                                         : Json(); }},
    Function{"ifs", 2, kAny, ifs},
    Function{"not", 1, 1, [](Arguments a) { return Json(!json::truthy(a[0])); }},
    Function{"and", 1, kAny,
             [](Arguments a) {
               return Json(std::ranges::all_of(a, [](const Json& v) { return json::truthy(v); }));
             }},
    Function{"or", 1, kAny,
             [](Arguments a) {
               return Json(std::ranges::any_of(a, [](const Json& v) { return json::truthy(v); }));
             }},
    Function{"concat", 1, kAny, concat},
    Function{"concatenate", 1, kAny, concat},
    Function{"len", 1, 1,
             [](Arguments a) {
               return Json(static_cast<std::int64_t>(character_starts(text_of(a[0])).size() - 1));
             }},
    Function{"upper", 1, 1,
             [](Arguments a) {
               std::string text = text_of(a[0]);
               for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
               return Json(text);
             }},
    Function{"lower", 1, 1, [](Arguments a) { return Json(lower(text_of(a[0]))); }},
    Function{"trim", 1, 1, [](Arguments a) { return Json(trim(text_of(a[0]))); }},
    Function{"left", 1, 2,
             [](Arguments a) {
               return Json(
                   characters(text_of(a[0]), 0, a.size() == 2 ? formula_number(a[1]).value_or(0) : 1));
             }},
    Function{"right", 1, 2,
             [](Arguments a) {
               const std::string text = text_of(a[0]);
               const double count = a.size() == 2 ? formula_number(a[1]).value_or(0) : 1;
               const auto length = static_cast<double>(character_starts(text).size() - 1);
               return Json(characters(text, length - std::max(0.0, count), count));
             }},
    Function{"mid", 3, 3,
             [](Arguments a) {
               return Json(characters(text_of(a[0]), formula_number(a[1]).value_or(1) - 1,
                                      formula_number(a[2]).value_or(0)));
             }},
    Function{"number", 1, 1, FLOTILLA_UNARY(v[0])},
    Function{"string", 1, 1, [](Arguments a) { return Json(text_of(a[0])); }},
};

#undef FLOTILLA_UNARY

}  // namespace

std::optional<double> formula_number(const Json& value) {
  if (value.is_null()) return std::nullopt;
  if (auto number = as_number(value)) return number;
  std::string shown = json::to_text(value);
  if (shown.size() > 80) shown = shown.substr(0, 80) + "...";
  throw bad_request(fmt::format("formula: \"{}\" is not a number", shown));
}

Json formula_result(double value) {
  constexpr double kSafe = 9007199254740991.0;
  if (!std::isfinite(value)) return nullptr;
  if (std::floor(value) == value && std::abs(value) <= kSafe) return static_cast<std::int64_t>(value);
  return value;
}

int compare_values(const Json& a, const Json& b) {
  auto x = as_number(a), y = as_number(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  if (a.is_null() || b.is_null()) return static_cast<int>(!a.is_null()) - static_cast<int>(!b.is_null());
  return json::to_text(a).compare(json::to_text(b));
}

Json call_formula_function(std::string_view name, std::span<const Json> arguments) {
  const std::string wanted = lower(name);
  for (const Function& function : kFunctions) {
    if (function.name != wanted) continue;
    if (arguments.size() < function.least || arguments.size() > function.most)
      throw bad_request(fmt::format("formula: {} does not take {} arguments", name, arguments.size()));
    return function.call(arguments);
  }
  throw bad_request(fmt::format("formula: unknown function {}", name));
}

}  // namespace flotilla::data
