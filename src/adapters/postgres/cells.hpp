#pragma once

#include <string_view>

#include "data/sql/rows.hpp"

struct pg_result;

namespace flotilla::postgres {

/// Adds one value that PostgreSQL wrote as text. `type`: its oid. Whole numbers and booleans become integers,
/// floats reals, bytea a blob, timestamptz text as data::storage_text() writes it, cut to milliseconds; all
/// else stays the text that it is.
void add_cell(data::Rows& rows, unsigned type, std::string_view text);

/// A whole result.
data::Rows rows_of(const pg_result* result);

}  // namespace flotilla::postgres
