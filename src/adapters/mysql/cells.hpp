#pragma once

#include <mysql.h>

#include <string_view>

#include "data/sql/rows.hpp"

namespace flotilla::mysql {

/// Adds one value that the server wrote as text. Whole numbers become integers (those beyond 64 bits with a
/// sign stay text), floats reals, binary strings blobs; a date and time with a fraction becomes text as
/// data::storage_text() writes it, cut to milliseconds, one without a fraction (a wall clock) and all else
/// stays the text that it is.
void add_cell(data::Rows& rows, const MYSQL_FIELD& field, std::string_view text);

/// The rows of a statement sent as text, all of them read.
data::Rows rows_of(MYSQL_RES* result);

/// The rows of a prepared statement whose result is stored. Throws SqlError.
data::Rows rows_of(MYSQL_STMT* statement);

}  // namespace flotilla::mysql
