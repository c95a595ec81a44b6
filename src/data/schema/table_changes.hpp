#pragma once

#include <string>
#include <vector>

#include "data/schema/index_def.hpp"
#include "data/schema/schema.hpp"
#include "data/schema/schema_changes.hpp"

namespace flotilla::data {

/// One thing that happens to a table which is there before and after a change of the schema.
struct TableChange {
  enum class Kind { add_column, drop_column, create_index, drop_index, drop_table };
  Kind kind = Kind::add_column;
  std::string collection;
  std::string table;
  ColumnDef column;  ///< of add_column and drop_column
  IndexDef index;    ///< of create_index and drop_index
};

/// What schema_changes() does to tables that may hold rows. Pure.
std::vector<TableChange> table_changes(const Schema& from, const Schema& to);

/// Names of the fields whose columns the index has.
std::vector<std::string> fields_of(const Collection& collection, const IndexDef& index);

}  // namespace flotilla::data
