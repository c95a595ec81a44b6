#pragma once

#include "base/json.hpp"

namespace flotilla::api {

/// Nests rows with `id` and `parentId` under `children`, which every row gets, in the order of the rows. Rows
/// whose parent is not among them are left out, with all below them: who must not see a group does not see
/// what is in it. Pure.
JsonArray route_tree(JsonArray rows);

}  // namespace flotilla::api
