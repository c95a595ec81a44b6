#include "data/value/formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/value/date_time.hpp"
#include "data/value/formula_parser.hpp"
#include "data/value/formula_value.hpp"

namespace flotilla::data {
namespace {

/// Calls `visit(text before, path)` for each placeholder and answers the text behind the last.
template <typename Visit>
std::string_view each_placeholder(std::string_view expression, Visit visit) {
  while (true) {
    const std::size_t open = expression.find("{{");
    const std::size_t close = open == expression.npos ? open : expression.find("}}", open);
    if (close == expression.npos) return expression;
    visit(expression.substr(0, open), trim(expression.substr(open + 2, close - open - 2)));
    expression.remove_prefix(close + 2);
  }
}

std::string replaced(std::string_view expression, const FormulaLookup& lookup) {
  std::string out;
  std::string_view rest = each_placeholder(expression, [&](std::string_view before, std::string_view path) {
    out += before;
    const Json value = lookup(path);
    if (!value.is_null()) out += json::to_text(value);
    if (out.size() > kFormulaTextMax)
      throw bad_request(fmt::format("formula: a text may have at most {} characters", kFormulaTextMax));
  });
  return out += rest;
}

Json rounded(const Json& value) {
  constexpr double kDecimals = 1e9;
  if (!value.is_double()) return value;
  const double scaled = value.get_double() * kDecimals;
  return std::abs(scaled) < 9007199254740992.0 ? formula_result(std::round(scaled) / kDecimals) : value;
}

Json as_type(const Json& value, std::string_view type) {
  if (value.is_null()) return nullptr;
  if (type == "boolean") return json::truthy(value);
  if (type == "string" || type == "text")
    return Json(value.is_object() || value.is_array() ? json::dump(value) : json::to_text(value));
  if (type == "date" || type == "datetime") {
    if (value.is_int64()) return Json(iso_text(value.get_int64()));
    auto instant = value.is_string()
                       ? parse_instant({value.get_string().data(), value.get_string().size()}, 0)
                       : std::nullopt;
    return instant ? Json(iso_text(*instant)) : Json();
  }
  auto number = formula_number(value);
  if (!number) return nullptr;
  return formula_result(type == "integer" || type == "bigInt" ? std::trunc(*number) : *number);
}

}  // namespace

Json value_at(const Json& root, std::string_view path) {
  if (path.empty()) return root;
  if (root.is_array()) {
    JsonArray out;
    for (const Json& item : root.get_array()) out.push_back(value_at(item, path));
    return out;
  }
  if (!root.is_object()) return nullptr;
  if (const Json* whole = json::find(root.get_object(), path)) return *whole;
  const std::size_t dot = path.find('.');
  const Json* member = json::find(root.get_object(), path.substr(0, dot));
  if (!member) return nullptr;
  return dot == path.npos ? *member : value_at(*member, path.substr(dot + 1));
}

std::vector<std::string> formula_paths(std::string_view expression) {
  std::vector<std::string> out;
  each_placeholder(expression, [&](std::string_view, std::string_view path) {
    if (std::ranges::find(out, path) == out.end()) out.emplace_back(path);
  });
  return out;
}

Json evaluate_formula(std::string_view engine, std::string_view expression, const FormulaLookup& lookup) {
  if (expression.size() > kFormulaLengthMax)
    throw bad_request(fmt::format("formula: at most {} characters", kFormulaLengthMax));
  if (engine == "string") return Json(replaced(expression, lookup));
  if (engine == "formula.js") return FormulaParser(expression, lookup, true).run();
  if (engine == "math.js" || engine.empty()) return rounded(FormulaParser(expression, lookup, false).run());
  throw bad_request(fmt::format("formula: unknown engine \"{}\"", engine));
}

Json formula_value(const JsonObject& options, const JsonObject& record) {
  const std::string_view expression = json::text(options, "expression");
  if (trim(expression).empty()) return nullptr;
  const Json root(record);
  try {
    const Json value = evaluate_formula(json::text(options, "engine"), expression,
                                        [&](std::string_view path) { return value_at(root, path); });
    return as_type(value, json::text(options, "dataType", "double"));
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace flotilla::data
