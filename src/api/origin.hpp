#pragma once

#include "api/context.hpp"
#include "data/write/change_log.hpp"

namespace flotilla::api {

/// Who sends a request and from where, for the audit.
data::Origin origin_of(const Context& context);

}  // namespace flotilla::api
