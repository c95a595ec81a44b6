#pragma once

#include <string>
#include <string_view>

#include "cluster/registry/node_record.hpp"

namespace flotilla::sql {

/// A node's record as JSON text, without last_seen, which is the store's to tell.
std::string record_text(const cluster::NodeRecord& node);
/// The record of the node `id`. What is missing or of another kind in `text` stays empty: nodes of different
/// versions read each other's. Never throws for what is in `text`.
cluster::NodeRecord record_of(std::string_view id, std::string_view text);

}  // namespace flotilla::sql
