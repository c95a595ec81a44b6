#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/json.hpp"

namespace flotilla::data {

// What the values of formulas can do. Errors are Error 400 `formula: …`.

/// Nothing for null; throws for a value that is no number.
std::optional<double> formula_number(const Json& value);
/// Whole numbers become integers; what is not finite becomes null.
Json formula_result(double value);
/// Less, equal or greater than 0: as numbers when both are, else as texts.
int compare_values(const Json& a, const Json& b);

/// Calls a function by its name, in any case. Throws for one that does not exist or a wrong number of
/// arguments.
Json call_formula_function(std::string_view name, std::span<const Json> arguments);

}  // namespace flotilla::data
