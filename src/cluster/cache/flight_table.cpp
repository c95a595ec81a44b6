#include "cluster/cache/flight_table.hpp"

namespace flotilla::cluster {

FlightTable::Place FlightTable::board(const std::string& key) {
  const auto [place, fresh] = open_.try_emplace(key, last_ + 1);
  if (fresh) under_way_.emplace(++last_, key);
  return {place->second, fresh};
}

void FlightTable::forget(const std::string& key) { open_.erase(key); }

void FlightTable::forget_all() { open_.clear(); }

bool FlightTable::may_keep(Flight flight) const {
  const auto record = under_way_.find(flight);
  if (record == under_way_.end()) return false;
  const auto joinable = open_.find(record->second);
  return joinable != open_.end() && joinable->second == flight;
}

void FlightTable::end(Flight flight) {
  const auto record = under_way_.find(flight);
  if (record == under_way_.end()) return;
  const auto joinable = open_.find(record->second);
  if (joinable != open_.end() && joinable->second == flight) open_.erase(joinable);
  under_way_.erase(record);
}

}  // namespace flotilla::cluster
