#pragma once

#include "data/read/list.hpp"

namespace flotilla::data {

/// The query action: `values` has measures, dimensions, orders, filter, having, limit, offset. Appends
/// `data`. Throws Error 400 naming what it does not take.
Task<void> aggregate(Session& session, const RequestScope& scope, const Collection& collection,
                     const JsonObject& values, JsonWriter& out);

inline constexpr std::int64_t kAggregateLimitDefault = 2000;

}  // namespace flotilla::data
