#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/sql/database.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::api {

inline constexpr double kViewPageSizeDefault = 10;
inline constexpr std::int64_t kViewRowsMax = 1000;  ///< in one answer

/// Rows of a view or query as objects, values as the database gives them. `columns`, when given, gets the
/// names of the result's columns. Throws Error 400 for more than kViewRowsMax rows.
Task<JsonArray> rows_of_relation(data::Session& session, data::sql::Relation from, std::int64_t limit,
                                 std::int64_t offset, std::vector<std::string>* columns = nullptr);

}  // namespace flotilla::api
