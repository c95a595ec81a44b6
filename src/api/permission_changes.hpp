#pragma once

#include "api/context.hpp"

namespace flotilla::api {

/// The end of a transaction that writes records: runs what the action has left to do in it, and counts a
/// change of roles, grants or who has which, so that every node hears of it with the commit.
Task<void> finish_write(Context& context, data::Session& session, const data::WriteScope& scope);

/// After the commit: what the action has changed about permissions is in force on this node when this
/// returns, and on every other; nodes that have not said so by then are named in the header X-Nodes-Behind.
/// They look for themselves before they decide, as soon as they have heard no signal for the lease.
Task<void> settle_permissions(Context& context);

}  // namespace flotilla::api
