#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cluster/worker_id/worker_id_store.hpp"

namespace flotilla::sql {

/// One of the 32 places, as it stands in the database.
struct WorkerPlace {
  int worker = 0;
  cluster::NodeId node;      ///< empty: nobody's
  std::int64_t lease = 0;    ///< of the holder, in ms; 0 when nobody's
  std::int64_t free_at = 0;  ///< when it may be given to another node, on the store's clock; 0: never used
  bool operator==(const WorkerPlace&) const = default;
};

/// When the place may be given to another node at the latest, seen at `now`: a stored time that lies further
/// ahead than the lease it came from was written before the clock was set back.
std::int64_t free_at(const WorkerPlace& place, std::int64_t now);

/// The place that `node` should have: the one it holds already, else one that was never used, else the one
/// that is free for longest. Empty when all are taken.
std::optional<WorkerPlace> choose_place(const std::vector<WorkerPlace>& places, std::string_view node,
                                        std::int64_t now);

}  // namespace flotilla::sql
