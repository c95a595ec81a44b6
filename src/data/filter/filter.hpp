#pragma once

#include <cstdint>

#include "base/json.hpp"
#include "data/filter/join_path.hpp"
#include "data/value/coerce.hpp"

namespace flotilla::data {

/// What a filter's values are read by. Variables (`{{…}}`) have been replaced before.
struct FilterScope {
  const Schema& schema;
  const Dialect& dialect;
  ValueZone zone;
  std::int64_t now_ms = 0;
  int request_minutes = 0;            ///< X-Timezone; the server's zone when the request has none
  const JsonObject* state = nullptr;  ///< for $isVar, $isCurrentUser: {currentUser, currentRole}; may be null
};

inline constexpr int kFilterTermsMax = 1000;

/// Compiles the filter language (docs/reference/filter-operators.md) on the rows of `paths.root()`; joins
/// what it mentions. Empty when the filter has no condition. Throws Error 400 naming what is wrong.
Fragment compile_filter(const Json& filter, JoinPaths& paths, const FilterScope& scope);

/// At least one real condition: empty groups do not count. Guards update and destroy.
bool is_valid_filter(const Json& filter);

}  // namespace flotilla::data
