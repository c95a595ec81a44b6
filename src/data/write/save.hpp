#pragma once

#include <memory>

#include "data/write/write_scope.hpp"

namespace flotilla::data {

struct SavedAssociation;

/// A record that was written, and what the answer shows of the associations that were given.
struct Saved {
  const Collection* collection = nullptr;
  Json key;  ///< filter-target key; an object for composite keys
  std::vector<SavedAssociation> associations;
  bool linked = false;  ///< it was there already, and nothing but a link to it was written
};

struct SavedAssociation {
  const Field* field = nullptr;
  std::vector<Saved> items;
  std::vector<bool> only_key;  ///< parallel: the item was only linked by an object, and shows its key alone
};

/// Creates one record and all that is nested in `values`. `fixed` are values a caller cannot change (foreign
/// keys of an association resource). `path` is where the record hangs below the root, for `updates`.
Task<Saved> create_record(Session& session, const WriteScope& scope, const Collection& collection,
                          const JsonObject& values, const NestedUpdates& updates,
                          const std::string& path = {}, const JsonObject& fixed = {});

/// Changes one existing record, addressed by its filter-target key.
Task<Saved> update_record(Session& session, const WriteScope& scope, const Collection& collection,
                          const Json& key, const JsonObject& values, const NestedUpdates& updates,
                          const std::string& path = {});

/// Writes a saved record as it stands in the database, with the associations that were given. Records that
/// were only linked show what `limits` let be read of them, but at least their key; null: everything.
Task<void> write_saved(Session& session, const WriteScope& scope, const Saved& saved, JsonWriter& out,
                       const Source* source = nullptr, const ReadLimits* limits = nullptr);

/// The record as a document with every stored field, null when there is none.
Task<Json> read_document(Session& session, const WriteScope& scope, const Collection& collection,
                         const Json& key);

/// A cell as JSON, for keys.
Json cell_json(const Cell& cell);

}  // namespace flotilla::data
