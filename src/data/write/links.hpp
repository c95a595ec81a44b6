#pragma once

#include <optional>

#include "data/write/write_scope.hpp"

namespace flotilla::data {

/// A link of a belongsToMany: value of the target's key, and attributes of the through row.
struct ThroughLink {
  Json target;
  JsonObject values;
};

/// Filter-target key of the record whose `by` equals `value`; nothing when there is none. A value that the
/// field cannot hold throws Error 400.
Task<std::optional<Json>> find_key(Session& session, const WriteScope& scope, const Collection& collection,
                                   const std::string& by, const Json& value);

/// Whether there is a record with this filter-target key that meets the rule.
Task<bool> exists(Session& session, const WriteScope& scope, const Collection& collection, const Json& key,
                  const Json& rule);
/// Values of `key` in the rows that a condition chooses, without nulls.
Task<std::vector<Param>> keys_where(Session& session, const Collection& collection, const Field& key,
                                    const Fragment& where);

/// hasOne, hasMany: exactly the targets with these keys (primary key, else filter-target key) point at
/// `own_value`.
Task<void> set_has_links(Session& session, const WriteScope& scope, const Field& association,
                         const Json& own_value, const std::vector<Json>& targets);
/// hasOne, hasMany: these targets point at `own_value` too, or, with null, at nobody. Only rows that point at
/// `only_from` are touched when it is given. Unknown keys are ignored.
Task<void> point_has_links(Session& session, const WriteScope& scope, const Field& association,
                           const Json& own_value, const std::vector<Json>& targets,
                           const std::optional<Json>& only_from = std::nullopt);

/// belongsToMany: links are added where missing and their attributes set; with `exactly`, all others are
/// removed.
Task<void> set_through_links(Session& session, const WriteScope& scope, const Field& association,
                             const Json& own_value, const std::vector<ThroughLink>& links, bool exactly);
Task<void> remove_through_links(Session& session, const WriteScope& scope, const Field& association,
                                const Json& own_value, const std::vector<Json>& targets);
/// Values of the target's key that are linked now.
Task<std::vector<Json>> linked_targets(Session& session, const WriteScope& scope, const Field& association,
                                       const Json& own_value);

}  // namespace flotilla::data
