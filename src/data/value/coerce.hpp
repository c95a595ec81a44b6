#pragma once

#include "base/json.hpp"
#include "data/schema/field.hpp"
#include "data/sql/fragment.hpp"

namespace flotilla::data {

/// Zone in which text without an offset is read: minutes east of UTC.
struct ValueZone {
  int server_minutes = 0;
};

/// The value that is stored for what a caller sent, by the field's type. JSON null is SQL NULL. Throws Error
/// 400 in words like `invalid input syntax for type integer: "abc" (field "views")` for what the type can not
/// take. Passwords are taken as they are: hashing happens before.
Param coerce(const Field& field, const Json& value, const ValueZone& zone);

/// Like coerce, for a value to compare a column with: texts are not trimmed, lists not sorted, '' is not
/// null.
Param coerce_operand(const Field& field, const Json& value, const ValueZone& zone);

/// JavaScript's default order of a list: by text.
void sort_as_text(JsonArray& list);

}  // namespace flotilla::data
