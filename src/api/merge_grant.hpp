#pragma once

#include "api/parameters.hpp"
#include "auth/permissions/grant.hpp"
#include "data/schema/collection.hpp"

namespace flotilla::api {

/// Lays what a grant allows over the parameters of a request: fields and whitelist intersect with those the
/// client named (none named: those of the grant), appends stay only when their first segment is granted. The
/// grant's filter is not merged here: it becomes the rule of the request. Pure.
void merge_grant(Params& params, const auth::Grant& grant, std::string_view action,
                 const data::Collection& target);

}  // namespace flotilla::api
