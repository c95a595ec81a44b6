#pragma once

#include <string>
#include <vector>

#include "data/online/schema_job.hpp"
#include "data/schema/table_changes.hpp"

namespace flotilla::data {

/// Tables with more rows are changed while others use them, or not at all; an index over as many is made
/// within some 50 ms.
inline constexpr std::int64_t kManyRows = 20'000;

/// Whether the table holds more rows than kManyRows. Costs a few milliseconds at most.
Task<bool> has_many_rows(Session& session, const std::string& table);

/// Throws Error 409, code SCHEMA_CHANGE_RUNNING, for a table that one of `open` is at work on.
void check_free(const std::vector<TableChange>& changes, const std::vector<SchemaJob>& open);

/// Changes among `changes` whose tables hold many rows. Throws Error 409, code SCHEMA_CHANGE_BLOCKS, naming
/// the first that would keep others waiting, why, and how to insist; and as check_free() does.
Task<std::vector<TableChange>> check_online(Session& session, const std::vector<TableChange>& changes,
                                            const std::vector<SchemaJob>& open);

/// An example of rows that have the same values in all of these columns, in words: `"a", "b" (3 times)`;
/// empty when there is none.
Task<std::string> find_duplicate(Session& session, const std::string& table,
                                 const std::vector<std::string>& columns);
/// The refusal of a unique index for such an example.
std::string duplicate_message(const std::string& collection, const std::vector<std::string>& fields,
                              const std::string& example);

}  // namespace flotilla::data
