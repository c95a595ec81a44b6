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

/// A change of the schema in two halves, for databases that commit each statement about the schema by itself:
/// what is added first, so that rows of both schemas fit, then what is taken away.
struct SchemaSteps {
  std::vector<std::string> adds;
  std::vector<std::string> drops;
};
/// What schema_changes() has, in these halves. Pure.
SchemaSteps schema_steps(const Schema& from, const Schema& to, const Dialect& dialect);

/// The collections of `to` whose tables schema_steps() adds something to.
std::vector<const Collection*> grown(const Schema& from, const Schema& to);

/// The statements that take away what `wanted` adds to the table `have`, should it be there by then. What
/// stood there before, whoever made it, stays.
std::vector<std::string> taken_back(const TableInfo& have, const Collection& wanted, const Dialect& dialect);

}  // namespace flotilla::data
