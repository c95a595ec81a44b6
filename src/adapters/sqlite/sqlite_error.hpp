#pragma once

#include <string_view>

#include "data/sql/database.hpp"

namespace flotilla::sqlite {

/// What SQLite's extended result code and message mean. `reading`: the connection refuses writes by itself.
data::SqlError sql_error(int extended_code, std::string_view message, std::string_view path, bool reading);

/// After these errors a connection's caches may disagree with the file.
bool breaks_connection(int extended_code);

}  // namespace flotilla::sqlite
