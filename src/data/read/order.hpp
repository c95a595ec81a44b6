#pragma once

#include <string>
#include <vector>

#include "data/filter/join_path.hpp"

namespace flotilla::data {

/// ORDER BY terms for `sort` (`-` in front = descending, association paths joined), nulls last, the key
/// appended as tie-break. Throws Error 400 for unknown fields and to-many paths.
std::vector<std::string> order_terms(const Dialect& dialect, JoinPaths& paths,
                                     const std::vector<std::string>& sort);

/// Order of the items of a to-many association: its `sortBy`, else the target's key.
std::vector<std::string> association_order(const Dialect& dialect, const Field& association,
                                           const Collection& target, std::string_view alias);

}  // namespace flotilla::data
