#pragma once

#include "data/read/list.hpp"

namespace flotilla::data {

/// list with `tree=true`: a page of roots, each with nested `children` and `__index` (`0.children.1`). With a
/// filter, what matches and everything above it. `count` counts roots.
Task<void> list_tree(Session& session, const RequestScope& scope, const Collection& collection,
                     const ListRequest& request, JsonWriter& out);

}  // namespace flotilla::data
