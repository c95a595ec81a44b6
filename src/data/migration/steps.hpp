#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/write/write_scope.hpp"

/// What migrations are made of. Each adds or takes away only what is missing or left, so that it can be run
/// again.
namespace flotilla::data {

/// The table of a built-in collection with its columns and indexes.
Task<void> add_collection(Session& session, const Schema& schema, std::string_view name);
/// Columns of these fields, and the indexes they are part of.
Task<void> add_fields(Session& session, const Schema& schema, std::string_view collection,
                      const std::vector<std::string>& fields);

/// Rows by collection. A row is there when one with the same value of the collection's key is, or, when the
/// row does not give the key, of its first unique field.
Task<void> add_rows(Session& session, const WriteScope& scope, const JsonObject& rows);
/// The same for an empty database: all, unless the collection `unless` has a row.
Task<void> add_first_rows(Session& session, const WriteScope& scope, const JsonObject& rows,
                          std::string_view unless);

// Physical names before prefix and underscoring.
Task<void> drop_columns(Session& session, const NamingRules& rules, std::string_view table,
                        const std::vector<std::string>& columns);
Task<void> drop_table(Session& session, const NamingRules& rules, std::string_view table);

}  // namespace flotilla::data
