#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/random.hpp"
#include "data/read/list.hpp"

namespace flotilla::data {

/// Gives ids for snowflake fields; never the same twice. Thread-safe.
using IdSource = std::function<std::int64_t()>;

/// What a writing request adds to its scope.
struct WriteScope : RequestScope {
  Random& random;
  const IdSource& next_id;
  /// Collections that rows were written of; used by the one coroutine that writes.
  mutable std::set<std::string> touched;
  void touch(const Collection& collection) const { touched.insert(collection.name); }

  WriteScope(const RequestScope& request, Random& random, const IdSource& next_id)
      : RequestScope(request), random(random), next_id(next_id) {}
};

/// Which nested associations' own attributes are written, not only linked: dotted paths from the root.
struct NestedUpdates {
  bool all_of_root = false;  ///< on create: every association of the root
  std::set<std::string> paths;

  bool contains(const std::string& path) const {
    return paths.contains(path) || (all_of_root && path.find('.') == path.npos);
  }
};

/// Keeps of `values` what whitelist and blacklist (dotted paths) let through. Empty whitelist: everything.
void guard_values(Json& values, const std::vector<std::string>& whitelist,
                  const std::vector<std::string>& blacklist);

}  // namespace flotilla::data
