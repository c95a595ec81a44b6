#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/schema/field.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::data {

/// Lets maps of strings be asked with string_views.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// A table (or view) with typed fields. Immutable once its Schema is published.
struct Collection {
  std::string name;
  std::string table;           ///< physical name, prefix included
  JsonObject options;          ///< every option of the metadata, name apart
  bool from_metadata = false;  ///< made through the API (rows in `collections` and `fields`), not built in
  bool through = false;        ///< exists only because a belongsToMany names it
  bool tree = false;
  bool server_only = false;  ///< no caller writes it
  bool view = false;         ///< view and SQL collections: never synchronised
  bool read_only = false;    ///< a view that is not declared writable
  std::string query;         ///< of an SQL collection: the SELECT that stands for its table
  bool simple_paginate = false;
  std::vector<std::string> parents;      ///< collections whose fields it has and whose rows its own are, too
  std::vector<std::string> descendants;  ///< whose rows are also rows of this one
  int generation = 0;                    ///< 0 without parents, else one more than the youngest of them
  std::vector<std::string> filter_target_key;             ///< empty when rows cannot be addressed one by one
  std::string magic_attribute;                            ///< JSON field that holds unknown keys; empty: none
  std::vector<std::vector<std::string>> unique_together;  ///< fields of unique indexes
  std::vector<std::vector<std::string>> indexed_together;  ///< fields of further indexes
  std::set<std::string, std::less<>> taken_index_names;    ///< that something else of the schema has already

  const std::vector<Field>& fields() const { return fields_; }
  /// What reads of it select from.
  sql::Relation from() const { return {table, query}; }
  const Field* find(std::string_view field) const;
  /// Throws Error 400 "Invalid SQL column or table reference" naming the field.
  const Field& field(std::string_view field) const;
  /// The primary key's field when there is exactly one, else null.
  const Field* primary_key() const;
  /// The single field of filter_target_key, else null.
  const Field* key_field() const;
  std::string title() const;
  /// Field of the association whose target rows hang under `parent` of a tree: treeChildren / treeParent.
  const Field* tree_field(std::string_view mark) const;
  /// Key of the parent in a row of a tree; null when this is no tree.
  const Field* tree_parent_key() const;

  /// Adds or replaces by name. For building only.
  Field& put(Field field);

 private:
  std::vector<Field> fields_;
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> index_;
};

struct NamingRules {
  std::string table_prefix;  ///< DB_TABLE_PREFIX
  bool underscored = false;  ///< DB_UNDERSCORED
  bool inheritance = false;  ///< the database has tables that inherit
};

/// Builds a collection of its definition `{name, …options, fields:[…]}`; `from_metadata` decides the defaults
/// that differ between built-in collections and those made through the API (timestamps). Implicit fields are
/// added: id, createdAt, updatedAt, createdById, updatedById, sort. Throws Error 400.
Collection build_collection(const JsonObject& definition, const NamingRules& rules, bool from_metadata);

/// The names in `inherits`, a name or a list.
std::vector<std::string> parents_of(const JsonObject& definition);

/// Of the option, else the primary key; again when a collection has got the fields of its parents.
void set_filter_target_key(Collection& collection);

}  // namespace flotilla::data
