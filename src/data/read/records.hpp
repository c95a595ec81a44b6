#pragma once

#include <memory>
#include <vector>

#include "base/json_writer.hpp"
#include "data/read/key_index.hpp"
#include "data/read/read_limits.hpp"
#include "data/read/selection.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {

struct LoadedAppend;

inline constexpr int kRecursionDepthMax = 50;  ///< of `parent(recursively=true)`: ends a cycle of parents

/// Rows of a collection with all their appends, ready to be written. Keeps a pointer to its Selection.
struct Records {
  const Selection* selection = nullptr;
  Rows rows;
  std::vector<LoadedAppend>
      appends;    ///< in the order of selection->appends; one that leads nowhere is left out
  int depth = 0;  ///< appends on the way here
  /// Items of a belongsToMany carry their row of the through collection, whose columns start at
  /// through_column.
  const Collection* through = nullptr;
  std::size_t through_column = 0;
  /// Of a collection that others inherit from: where the names of a row's own table and schema start. 0:
  /// none.
  std::size_t origin_column = 0;
  bool pivot =
      false;  ///< read through an association resource: items also have `"_pivot_": null`, as in the peer
};

struct LoadedAppend {
  const Append* append = nullptr;
  std::unique_ptr<Records> records;
  KeyIndex index;                 ///< of records, by the key that the parent's key equals
  std::size_t parent_column = 0;  ///< in the parent's rows
};

/// Reads the appends of `records`, one query for each association and level, whatever the number of rows.
/// Only rows within `limits` (may be null) are found.
Task<void> load_appends(Session& session, const RequestScope& scope, Records& records,
                        const ReadLimits* limits = nullptr);

/// Writes record `row` as an object; `open` leaves it without its closing brace, for the caller to add
/// members.
void write_record(JsonWriter& out, const Schema& schema, const Records& records, std::size_t row,
                  bool open = false);

/// Fields of a collection that have a column.
std::vector<const Field*> stored_fields(const Collection& collection);
/// Columns as expressions on `alias`.
std::vector<Fragment> column_fragments(const Dialect& dialect, const std::vector<const Field*>& fields,
                                       std::string_view alias);

}  // namespace flotilla::data
