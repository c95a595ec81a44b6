#pragma once

#include <string>
#include <vector>

#include "cluster/registry/node_record.hpp"
#include "cluster/time.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

/// Who is there, in the main database. Thread-safe; throws Unavailable.
class RegistryStore {
 public:
  struct Listing {
    std::vector<NodeRecord> nodes;  ///< alive or not; oldest start first
    UnixMs now{};                   ///< the store's clock
  };

  virtual ~RegistryStore() = default;
  /// Adds or refreshes; last_seen becomes the store's time.
  virtual Task<void> announce(NodeRecord node) = 0;
  virtual Task<Listing> list() = 0;
  virtual Task<void> leave(NodeId id) = 0;
  /// Forgets nodes that were not seen for `age`.
  virtual Task<void> forget(Millis age) = 0;
};

}  // namespace flotilla::cluster
