#pragma once

#include "data/write/row_values.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::data {

/// Values of a new row: what the caller gave, defaults, generated values (ids, sequences, sort numbers,
/// times, creator), formulas. Checks required fields and validation rules. Throws Error 400 with one item for
/// each field that is wrong.
Task<void> fill_new(Session& session, const WriteScope& scope, const Collection& collection,
                    const JsonObject& values, RowValues& row);

/// Values of a change. `current` shows the row as it stands, for formulas and sort scopes.
Task<void> fill_change(Session& session, const WriteScope& scope, const Collection& collection,
                       const JsonObject& values, const JsonObject& current, RowValues& row);

/// Next number of a sort field within its scope: largest plus one.
Task<std::int64_t> next_sort(Session& session, const Collection& collection, const Field& field,
                             const Param* scope_value);

}  // namespace flotilla::data
