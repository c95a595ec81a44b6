#pragma once

#include <string>
#include <vector>

#include "data/model/editor.hpp"

/// Tables and views that are in the database already, and the collections and fields that would stand for
/// them.
namespace flotilla::data {

/// Names of tables that no collection stands for, this server's own left out.
Task<std::vector<std::string>> unclaimed_tables(Session& session, const Schema& schema);

/// A column as a field: `{name, type, possibleTypes, rawType, field, interface, uiSchema, primaryKey …}`;
/// `type` is missing when no field type can hold it.
std::vector<JsonObject> fields_of_table(const TableInfo& table, const Dialect& dialect);

/// The definition of a collection for the table; without fields when there is no such table.
Task<JsonObject> collection_of_table(Session& session, const std::string& table);

/// Brings the fields of a collection in line with the columns of its table: fields for columns that came,
/// none for those that went; what a field is read as stays. Answers how many it changed.
Task<std::size_t> sync_fields(Session& session, MetadataEditor& editor, const Collection& collection);

/// The columns of a query or view, each with the field of the schema that it shows when one of the tables the
/// query mentions has a column of its name: `source` ("collection.field") and `collection`.
std::vector<JsonObject> fields_of_query(const std::vector<std::string>& columns, std::string_view text,
                                        const Schema& schema);

}  // namespace flotilla::data
