#pragma once

#include <optional>

#include "data/filter/filter.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {

/// What every read and write of one request shares. Lives as long as the request.
struct RequestScope {
  const Schema& schema;
  ValueZone zone;
  std::int64_t now_ms = 0;
  int request_minutes = 0;
  std::int64_t user_id = 0;           ///< 0: nobody is signed in
  const JsonObject* state = nullptr;  ///< {currentUser, currentRole}

  FilterScope filter(const Dialect& dialect) const {
    return {schema, dialect, zone, now_ms, request_minutes, state};
  }
};

/// One record through which an association resource is addressed: `posts/1/tags`.
struct Source {
  const Collection* owner = nullptr;
  const Field* association = nullptr;
  Param key;                ///< value that rows of the target (or of through) point at
  std::vector<Param> keys;  ///< belongsToArray: the keys in the list
  bool exists = true;       ///< false: there is no such source record
  Param owner_key;          ///< filter-target key of the source record
};

/// Finds the source record named by `source_id` (its filter-target key). The record is read only when the
/// association's key is not the very key it is addressed by, or `must_exist`. Throws Error 400 for an id of
/// the wrong type.
Task<Source> resolve_source(Session& session, const RequestScope& scope, const Collection& owner,
                            const Field& association, const Json& source_id, bool must_exist);

/// Condition on the filter-target key(s): one value, a list, or an object for composite keys.
Fragment key_condition(const Dialect& dialect, const Collection& collection, std::string_view alias,
                       const Json& keys, const ValueZone& zone);

}  // namespace flotilla::data
