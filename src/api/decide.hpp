#pragma once

#include "api/action.hpp"

namespace flotilla::api {

/// Whether the caller may run the action, and on what: fills context.permit and narrows context.params to
/// what the acting roles grant (docs/reference/permissions.md). Costs no query, unless a scope names data of
/// the user beyond the user's own record. Throws Error 403: "No permissions", or naming the field that may
/// not be read.
Task<void> decide(Context& context, const Action& action);

}  // namespace flotilla::api
