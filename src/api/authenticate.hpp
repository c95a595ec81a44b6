#pragma once

#include "api/action.hpp"

namespace flotilla::api {

/// Finds out who sends the request: the token of the Authorization header, else of the query's `token`; the
/// acting role of X-Role, else of the role cookie. Fills context.identity. A renewed token goes out as
/// `x-new-token` and as cookie. Actions open to everybody are not held up by a bad token: the request is then
/// nobody's. Throws Error 401 (EMPTY_TOKEN, INVALID_TOKEN, BLOCKED_TOKEN, …, USER_HAS_NO_ROLES_ERR,
/// ROLE_NOT_FOUND_FOR_USER), data::SqlError.
Task<void> authenticate(Context& context, Access access);

}  // namespace flotilla::api
