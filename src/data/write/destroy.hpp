#pragma once

#include "data/write/write_scope.hpp"

namespace flotilla::data {

/// Deletes the records that filter, keys and rule of `rows` choose and answers how many. References to them
/// follow their onDelete: RESTRICT throws Error 400, CASCADE deletes what points at them (and so on), SET
/// NULL unlinks, links of belongsToMany go.
Task<std::int64_t> destroy_records(Session& session, const WriteScope& scope, const Collection& collection,
                                   const Source* source, const ListRequest& rows);

inline constexpr int kCascadeDepthMax = 64;

}  // namespace flotilla::data
