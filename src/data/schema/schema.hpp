#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/schema/collection.hpp"

namespace flotilla::data {

/// Rows of `collection` point with `foreign_key` at `key` of the collection that owns this reference.
struct Reference {
  std::string collection;
  std::string foreign_key;
  std::string key;
  OnDelete on_delete = OnDelete::no_action;
  bool chosen = false;  ///< on_delete was set by a person, not by default
};

/// All collections at one moment. Immutable: a change builds a new one. Any thread may read it.
class Schema {
 public:
  /// Completes association keys, adds implicit foreign keys and through collections. An association whose
  /// target does not exist yet stays pending: target(field) is null until it does. Throws Error 400.
  static std::shared_ptr<const Schema> build(std::vector<Collection> collections, const NamingRules& rules,
                                             std::uint64_t epoch);

  const Collection* find(std::string_view name) const;
  /// Throws Error 404 "Not Found".
  const Collection& collection(std::string_view name) const;
  const Collection* target(const Field& association) const { return find(association.association.target); }
  const Collection* through(const Field& association) const { return find(association.association.through); }
  const std::vector<Reference>& references(std::string_view collection) const;

  const std::map<std::string, Collection, std::less<>>& collections() const { return collections_; }
  std::uint64_t epoch() const { return epoch_; }
  const NamingRules& rules() const { return rules_; }

 private:
  void complete(Collection& owner, Field& field);
  void add_foreign_keys(Collection& owner, Field& field);
  void add_references(const Collection& owner, const Field& field);
  void inherit();
  void add_tree_paths();
  void settle_index_names();
  void refer(std::string_view target, Reference reference);

  std::map<std::string, Collection, std::less<>> collections_;
  std::map<std::string, std::vector<Reference>, std::less<>> references_;
  std::uint64_t epoch_ = 0;
  NamingRules rules_;
};

/// Throws Error 400 naming both types when a collection declares a field of a parent with another type.
void check_inherited(const Schema& schema, const Collection& collection);

/// Throws Error 400 naming both types when a foreign key and the key it points at can not be compared, and
/// when a belongsToMany has no key on one of its sides.
void check_key_types(const Schema& schema, const Collection& owner, const Field& association);

}  // namespace flotilla::data
