#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace flotilla::data {

/// Checks a value by a field's option `validation`: {type, rules: [{name (or key), args}]}, and answers a
/// message for each rule that fails, in Joi's words: `"Title" length must be at least 3 characters long`.
/// Values are checked as they are, never converted, but numbers may come as text and texts as numbers.
///
/// Types: string, number, date, boolean, array, object; any other checks `required` only. A missing or null
/// value fails `required` and no other rule; so does '' of a string that is not required. An object may also
/// be a key (an association named by it). Unknown rules are ignored, as are rules without the argument that
/// they need.
///
/// `now_ms` is what `now` means in rules of dates; without it the machine's clock is asked.
/// Throws Error 400 for a pattern that is no regular expression or takes too long to match.
std::vector<std::string> validate(const JsonObject& validation, const Json& value, std::string_view label,
                                  std::optional<std::int64_t> now_ms = std::nullopt);

}  // namespace flotilla::data
