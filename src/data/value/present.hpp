#pragma once

#include "base/json_writer.hpp"
#include "data/schema/field.hpp"
#include "data/sql/rows.hpp"

namespace flotilla::data {

/// Largest whole number that a JavaScript client reads exactly; larger ones are written as text.
inline constexpr std::int64_t kSafeIntegerMax = 9007199254740991;

/// Writes a stored value as the API shows it, by the field's type. Never throws: a value that does not fit
/// the type (written by other software) is shown as it is.
void present(JsonWriter& out, const Field& field, const Cell& cell);

}  // namespace flotilla::data
