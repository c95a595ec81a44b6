#pragma once

#include "data/read/list.hpp"

namespace flotilla::data {

/// The query action: `values` has measures, dimensions, orders, filter, having, limit, offset. Appends
/// `data`. `rule` and `limits` as in ListRequest. Throws Error 400 naming what it does not take.
Task<void> aggregate(Session& session, const RequestScope& scope, const Collection& collection,
                     const JsonObject& values, JsonWriter& out, const Json& rule = nullptr,
                     const ReadLimits* limits = nullptr);

inline constexpr std::int64_t kAggregateLimitDefault = 2000;

}  // namespace flotilla::data
