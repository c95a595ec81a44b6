#pragma once

#include <string_view>

#include "data/sql/database.hpp"

struct pg_result;

namespace flotilla::postgres {

/// What the server says of an error, in its own fields; empty where it says nothing.
struct ErrorFields {
  std::string_view state = {};  ///< SQLSTATE
  std::string_view message = {};
  std::string_view detail = {};
  std::string_view table = {};
  std::string_view column = {};
  std::string_view function = {};  ///< of the server's source, that raised it
};

ErrorFields error_fields(const pg_result* result);

/// The same in words that are the same for every database. `reading`: the session refuses writes.
data::SqlError sql_error(const ErrorFields& fields, bool reading);

/// The statement was prepared for a schema that is not any more, or is gone from the connection: it may
/// succeed when it is prepared afresh.
bool may_be_stale(const ErrorFields& fields);

/// The columns of `Key (a, "B c")=(1, x) already exists.`; none for an index on an expression.
std::vector<std::string> columns_of_key(std::string_view detail);

}  // namespace flotilla::postgres
