#pragma once

#include "api/context.hpp"

namespace flotilla::api {

/// In the transaction of the changes: counts a change of roles, grants or who has which, so that every node
/// hears of it with the commit.
Task<void> count_permission_change(Context& context, data::Session& session);

/// After the commit: what the action has changed about permissions is in force on this node when this
/// returns, and on every other; nodes that have not said so by then are named in the header X-Nodes-Behind.
/// They look for themselves before they decide, as soon as they have heard no signal for the lease.
Task<void> settle_permissions(Context& context);

}  // namespace flotilla::api
