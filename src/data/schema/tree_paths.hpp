#pragma once

#include <string>
#include <string_view>

#include "data/schema/collection.hpp"

namespace flotilla::data {

/// Name of the collection that keeps where the nodes of a tree hang: `main_<tree>_path`, a hash when that is
/// too long.
std::string tree_paths_name(std::string_view tree);

/// `{nodePk, path: "/1/5/9", rootPk}`, with keys of type `key_type`.
Collection tree_paths_collection(std::string name, std::string_view key_type, const NamingRules& rules);

inline constexpr std::int64_t kTreePathLengthMax = 1024;

}  // namespace flotilla::data
