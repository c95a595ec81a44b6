#pragma once

#include "api/context.hpp"

namespace flotilla::api {

/// Replaces texts of the filter that are exactly `{{ path }}` by what the path means: `$user.…` (the
/// signed-in user, over associations too), `$nRole`, `$system.now`, `$date.…` and `$nDate.…`, `ctx.state.…`.
/// Anything unknown is null.
Task<void> resolve_variables(Context& context);
/// The same in a filter of a permission.
Task<void> resolve_variables(Context& context, Json& filter);

}  // namespace flotilla::api
