#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace flotilla::data {

/// The value at a path inside `{{ }}`; null when there is none.
using FormulaLookup = std::function<Json(std::string_view path)>;

inline constexpr std::size_t kFormulaLengthMax = 10'000;
inline constexpr int kFormulaDepthMax = 100;
inline constexpr std::size_t kFormulaTextMax = 100'000;  ///< characters of a text result

/// Computes `expression` with the values that `lookup` gives for `{{path}}`. Engines:
///   string      the expression is a text, placeholders in it are replaced (null: by nothing)
///   math.js     + - * / % ^, comparison, and or not ?:, "texts", functions; results are rounded to 9
///   decimals formula.js  the same, and + joins texts that are no numbers
/// Placeholders are values, never part of the text of the expression. Texts that are numbers count as
/// numbers. A null operand makes an arithmetic result null; sum, avg, min, max, count and concat skip nulls
/// and take lists apart. Not-a-number and infinities become null. Functions, in any case: abs sign sqrt cbrt
/// exp log(x, base) ln log10 log2 pow mod round(x, digits) ceil floor fix trunc sin cos tan asin acos atan
/// atan2, sum avg average mean median min max count, if ifs not and or, concat concatenate len upper lower
/// trim left right mid, number string. Constants: pi e true false null. Throws Error 400 `formula: …`.
Json evaluate_formula(std::string_view engine, std::string_view expression, const FormulaLookup& lookup);

/// The value of a formula field with `options` {engine, expression, dataType} on a record; null when it can
/// not be computed, as for a field without an expression. dataType: boolean, integer, bigInt, double,
/// decimal, string, date.
Json formula_value(const JsonObject& options, const JsonObject& record);

/// The paths in `{{ }}`, in order, each once.
std::vector<std::string> formula_paths(std::string_view expression);

/// The value at a dotted path; lists on the way give the list of their members' values.
Json value_at(const Json& root, std::string_view path);

}  // namespace flotilla::data
