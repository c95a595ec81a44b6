#pragma once

#include "api/context.hpp"
#include "data/read/list.hpp"

namespace flotilla::api {

/// Lets `meta.allowedActions` tell which of the records shown may be viewed, updated and destroyed:
/// `{view: [keys], update: [keys], destroy: [keys]}`, by one query. For requests with the header
/// X-With-ACL-Meta on collections with a single key; DISABLE_ACL_META turns it off. What goes wrong is logged
/// and left out. Lives as long as the context.
Task<void> add_acl_meta(Context& context, const data::Collection& collection, data::ListRequest& request);

}  // namespace flotilla::api
