#pragma once

#include "data/write/row_values.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::data {

/// Gives sequence fields without a value their next one. Counters are rows of the table `sequences`.
Task<void> fill_sequences(Session& session, const WriteScope& scope, const Collection& collection,
                          RowValues& row);

/// Computes formula fields from the other values. A formula that cannot be computed gives null.
void fill_formulas(const Collection& collection, const JsonObject& values, RowValues& row);

/// A radio field that becomes true clears the other rows'.
Task<void> clear_other_radios(Session& session, const Collection& collection, const RowValues& row);

/// True when a change needs the row as it stands: for formulas and scoped sort fields.
bool reads_current(const Collection& collection);

}  // namespace flotilla::data
