#pragma once

#include "data/model/definition.hpp"
#include "data/write/save.hpp"

namespace flotilla::data {

struct FieldId {
  std::string collection;
  std::string name;
};

/// Edits rows of the tables `collections` and `fields` inside Model::change. Rows are flat, as Metadata shows
/// them. Everything throws Error 400 in the caller's words.
class MetadataEditor {
 public:
  MetadataEditor(Session& session, const Schema& schema, const Metadata& metadata, const WriteScope& scope);

  /// As the change has found it, and what it has done so far.
  const Metadata& metadata() const { return metadata_; }

  /// Creates a collection and its fields; answers what the API shows of it. `with_flags`: createdAt,
  /// createdBy … are stored as options even when nobody gave them.
  Task<JsonObject> create_collection(const JsonObject& given, bool with_flags = true);
  /// Changes options; unknown collection: nothing, false.
  Task<bool> update_collection(std::string_view name, const JsonObject& changes);
  /// Removes the collection, its fields, and the association fields of others that lead to it or through it;
  /// with `cascade` the collections that inherit from it, too. False: unknown.
  Task<bool> destroy_collection(std::string_view name, bool cascade = false);

  /// Creates a field, its foreign keys and its reverse field; answers what the API shows of it.
  Task<JsonObject> create_field(std::string_view collection, const JsonObject& given,
                                bool with_foreign_keys = true);
  /// False: unknown.
  Task<bool> update_field(std::string_view collection, std::string_view name, const JsonObject& changes);
  Task<bool> destroy_field(std::string_view collection, std::string_view name);
  /// Exactly the given fields: missing ones are created, others changed or removed.
  Task<void> set_fields(std::string_view collection, const JsonArray& fields);

 private:
  Task<void> insert(std::string_view table, const JsonObject& flat);
  Task<void> update(std::string_view table, const Json& key, const JsonObject& flat);
  Task<void> remove(std::string_view table, const JsonObject& filter);
  void check_parents(const JsonObject& collection) const;
  std::vector<std::string> children_of(std::string_view name) const;
  void check_new_field(std::string_view collection, std::string_view name) const;
  Task<void> create_through(const JsonObject& field);
  Task<void> remove_fields(const std::vector<FieldId>& gone);

  Session& session_;
  const Schema& schema_;
  Metadata metadata_;  ///< kept up to date with what this editor did
  const WriteScope& scope_;
};

}  // namespace flotilla::data
