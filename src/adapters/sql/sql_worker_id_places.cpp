#include "adapters/sql/sql_worker_id_places.hpp"

#include <algorithm>

namespace flotilla::sql {

std::int64_t free_at(const WorkerPlace& place, std::int64_t now) {
  const std::int64_t at_most =
      place.node.empty() ? now : now + place.lease + std::int64_t{cluster::kWorkerIdGrace.count()};
  return std::min(place.free_at, at_most);
}

std::optional<WorkerPlace> choose_place(const std::vector<WorkerPlace>& places, std::string_view node,
                                        std::int64_t now) {
  const WorkerPlace* best = nullptr;
  for (const WorkerPlace& place : places) {
    if (place.node == node) return place;
    if (free_at(place, now) > now) continue;
    if (!best || place.free_at < best->free_at) best = &place;
  }
  if (!best) return std::nullopt;
  return *best;
}

}  // namespace flotilla::sql
