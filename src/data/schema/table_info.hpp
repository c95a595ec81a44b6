#pragma once

#include <string>
#include <vector>

#include "data/sql/database.hpp"
#include "data/sql/dialect.hpp"

namespace flotilla::data {

/// The table as it stands in the database; without columns when there is none of that name.
Task<TableInfo> describe_table(Session& session, const std::string& table);

/// Statements about the schema, one after the other.
Task<void> run_statements(Session& session, const std::vector<std::string>& statements);

}  // namespace flotilla::data
