#pragma once

#include <string>
#include <vector>

#include "data/schema/schema.hpp"
#include "data/sql/dialect.hpp"

namespace flotilla::data {

/// The statements, in order, that bring the tables of `from` to `to`: tables and columns that are new are
/// added, those that are gone are dropped, indexes follow. Rows are kept. Views are left alone. Pure.
std::vector<std::string> schema_changes(const Schema& from, const Schema& to, const Dialect& dialect);

/// The statements that add to a table what `wanted` has and it lacks; nothing is dropped. For a database that
/// somebody else made. An index that is missing in a table that is there is added only `with_indexes`.
std::vector<std::string> missing_parts(const TableInfo& table, const Collection& wanted,
                                       const Dialect& dialect, bool with_indexes = true);

/// In the order of the fields; none for a collection that has no table.
std::vector<ColumnDef> columns_of(const Collection& collection);

struct IndexDef {
  std::string name;
  std::vector<std::string> columns;
  bool unique = false;
  bool operator==(const IndexDef&) const = default;
};
/// Of single fields (unique, index, foreign keys) and of the option `indexes`; one that names a field which
/// does not exist is left out. Unique indexes are `<table>_<column>_uk`, others `<table>_<column>`; a name
/// over 63 characters becomes `i_` and a hash of it.
std::vector<IndexDef> indexes_of(const Collection& collection);

}  // namespace flotilla::data
