#pragma once

#include <vector>

#include "data/write/write_scope.hpp"

/// The table beside a tree that says where each node hangs (see tree_paths_collection()). Reading a tree goes
/// by the parents; the paths are kept for whoever else works on the database.
namespace flotilla::data {

/// Throws Error 400 when a node would hang under itself or under one of its descendants. `parent` may be
/// null.
Task<void> check_tree_parent(Session& session, const Collection& tree, const Param& node,
                             const Param& parent);

/// Writes the paths of these nodes and of all below them anew, after they were put somewhere. Does nothing
/// for a collection that is no tree. A path over 1,024 characters throws Error 400.
Task<void> settle_tree_paths(Session& session, const Schema& schema, const Collection& collection,
                             std::vector<Param> nodes);

/// The nodes are gone.
Task<void> remove_tree_paths(Session& session, const Schema& schema, const Collection& collection,
                             const std::vector<Param>& nodes);

}  // namespace flotilla::data
