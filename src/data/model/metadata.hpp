#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {

/// The rows of the tables `collections` and `fields`, flattened: `options` is unfolded beside the other
/// columns, as the API shows them. `sort` is kept under "sort".
struct Metadata {
  std::vector<JsonObject> collections;  ///< in the order of sort, then name
  std::map<std::string, std::vector<JsonObject>, std::less<>>
      fields;  ///< by collectionName, in the order of sort

  const JsonObject* collection(std::string_view name) const;
  const JsonObject* field(std::string_view collection, std::string_view name) const;
};

/// Definitions of the collections that are built into this server: same tables and columns as NocoBase's.
const std::vector<JsonObject>& system_definitions();

/// Reads the metadata through `system`, a schema of the system collections.
Task<Metadata> read_metadata(Session& session, const Schema& system);

/// System collections and those of the metadata, which may extend a system collection.
std::shared_ptr<const Schema> build_schema(const Metadata& metadata, const NamingRules& rules,
                                           std::uint64_t epoch, std::vector<std::string>* problems = nullptr);

/// Columns of a metadata row: what has a column of its own stays beside `options`, the rest goes into it.
JsonObject fold_options(const Collection& table, const JsonObject& flat);

}  // namespace flotilla::data
