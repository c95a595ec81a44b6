#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/random.hpp"
#include "data/read/list.hpp"
#include "data/write/change_log.hpp"

namespace flotilla::data {

/// Gives ids for snowflake fields; never the same twice. Thread-safe.
using IdSource = std::function<std::int64_t()>;

/// What a writing request adds to its scope.
struct WriteScope : RequestScope {
  Random& random;
  const IdSource& next_id;
  ChangeLog* changes;  ///< where written rows are noted; null: nobody asks

  WriteScope(const RequestScope& request, Random& random, const IdSource& next_id,
             ChangeLog* changes = nullptr)
      : RequestScope(request), random(random), next_id(next_id), changes(changes) {}

  void note(RowChange::Kind kind, const Collection& collection, Json key, JsonObject values = {}) const {
    if (changes) changes->add(kind, collection, std::move(key), std::move(values));
  }
};

/// Which nested associations' own attributes are written, not only linked: dotted paths from the root.
struct NestedUpdates {
  bool all_of_root = false;  ///< on create: every association of the root
  std::set<std::string> paths;

  bool contains(const std::string& path) const {
    return paths.contains(path) || (all_of_root && path.find('.') == path.npos);
  }
};

/// Throws Error 400 for a view that is not declared writable, for an SQL collection, and for what the server
/// writes alone.
void check_writable(const Collection& collection);

/// Keeps of `values` what whitelist and blacklist (dotted paths) let through. Empty whitelist: everything.
void guard_values(Json& values, const std::vector<std::string>& whitelist,
                  const std::vector<std::string>& blacklist);

}  // namespace flotilla::data
