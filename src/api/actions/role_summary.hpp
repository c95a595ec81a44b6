#pragma once

#include <memory>
#include <vector>

#include "auth/permissions/role.hpp"
#include "base/json.hpp"

namespace flotilla::api {

/// What clients are told of the roles that count (roles:check): strategy, grants, snippets, known actions.
/// Roles are merged in the order given. Root alone decides where it is among them. Pure.
JsonObject role_summary(const std::vector<std::shared_ptr<const auth::Role>>& roles);

}  // namespace flotilla::api
