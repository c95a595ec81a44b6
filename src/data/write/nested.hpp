#pragma once

#include "data/write/fill.hpp"
#include "data/write/save.hpp"

namespace flotilla::data {

/// The associations whose key is in the record itself (belongsTo, belongsToArray): targets are created,
/// updated or linked first, and the key goes into `row`.
Task<void> save_owned_keys(Session& session, const WriteScope& scope, const Collection& collection,
                           const JsonObject& values, const NestedUpdates& updates, const std::string& path,
                           RowValues& row, Saved& saved);

/// The associations whose key is elsewhere (hasOne, hasMany, belongsToMany), after the record is there. A
/// to-many ends up with exactly the given items; the others are unlinked.
Task<void> save_dependents(Session& session, const WriteScope& scope, const Collection& collection,
                           const JsonObject& values, const NestedUpdates& updates, const std::string& path,
                           Saved& saved);

}  // namespace flotilla::data
