#pragma once

#include "auth/permissions/role.hpp"

namespace flotilla::auth {

/// What two roles' grants on the same action come to: whatever one of them does not hold back is open. Rows
/// of either, fields of both lists.
Grant merge_grants(const Grant& a, const Grant& b);

/// Filters joined with `$or`: flat, each once.
Json either_filter(const Json& a, const Json& b);

}  // namespace flotilla::auth
