#pragma once

#include <string>
#include <vector>

#include "data/schema/schema.hpp"
#include "data/sql/dialect.hpp"

namespace flotilla::data {

/// The statements, in order, that bring the tables of `from` to `to`: tables and columns that are new are
/// added, those that are gone are dropped, indexes follow. Rows are kept. Views are left alone. Pure.
std::vector<std::string> schema_changes(const Schema& from, const Schema& to, const Dialect& dialect);

/// All collections, those that inherit behind those they inherit from.
std::vector<const Collection*> parents_first(const Schema& schema);

/// The statements that add to a table what `wanted` has and it lacks; nothing is dropped. For a database that
/// somebody else made. An index that is missing in a table that is there is added only `with_indexes`.
std::vector<std::string> missing_parts(const TableInfo& table, const Schema& schema, const Collection& wanted,
                                       const Dialect& dialect, bool with_indexes = true);

/// Those of its own table, in the order of the fields: what it inherits is its parents' business. None for a
/// collection that has no table.
std::vector<ColumnDef> columns_of(const Collection& collection);
bool has_table(const Collection& collection);

}  // namespace flotilla::data
