#pragma once

#include <vector>

#include "cluster/registry/registry_store.hpp"

namespace flotilla::cluster {

/// Who lives, by the store's clock: those seen within `alive_for`. Pure.
inline std::vector<NodeRecord> living(RegistryStore::Listing listing, Millis alive_for) {
  std::erase_if(listing.nodes,
                [&](const NodeRecord& node) { return listing.now - node.last_seen > alive_for; });
  return std::move(listing.nodes);
}

}  // namespace flotilla::cluster
