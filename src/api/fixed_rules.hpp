#pragma once

#include <string_view>

#include "base/json.hpp"

namespace flotilla::api {

/// Rows that nobody may address by this action, not even root: a filter that leaves them out; null when there
/// are none. The first user, the roles and scopes that the server stands on, the default storage.
Json fixed_rule(std::string_view resource, std::string_view action);

}  // namespace flotilla::api
