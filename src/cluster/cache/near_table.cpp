#include "cluster/cache/near_table.hpp"

namespace flotilla::cluster {

NearTable::Text NearTable::find(std::string_view key, Monotonic now) {
  Item* item = items_.find(key);
  if (!item) return nullptr;
  if (now < item->ends) return item->value;
  items_.erase(key);
  return nullptr;
}

bool NearTable::fill(Ticket ticket, std::string_view key, Text value, Monotonic ends) {
  if (ticket.all != all_ || ticket.slot != slots_[slot(key)]) return false;
  items_.put(key, {std::move(value), ends});
  return true;
}

void NearTable::invalidate(std::string_view key) {
  ++slots_[slot(key)];
  items_.erase(key);
}

void NearTable::invalidate_all() {
  ++all_;
  items_.clear();
}

SharedNearTable::SharedNearTable(std::size_t items_max) {
  const std::size_t each = (items_max + kShards - 1) / kShards;
  for (std::size_t i = 0; i < kShards; ++i) shards_.push_back(std::make_unique<Shard>(each));
}

// Other bits of the hash than those that choose a slot inside the table.
SharedNearTable::Shard& SharedNearTable::shard(std::string_view key) const {
  return *shards_[(std::hash<std::string_view>{}(key) >> 32) % kShards];
}

NearTable::Text SharedNearTable::find(std::string_view key, Monotonic now) {
  Shard& home = shard(key);
  std::lock_guard lock(home.mutex);
  return home.table.find(key, now);
}

NearTable::Ticket SharedNearTable::begin(std::string_view key) const {
  const Shard& home = shard(key);
  std::lock_guard lock(home.mutex);
  return home.table.begin(key);
}

bool SharedNearTable::fill(Ticket ticket, std::string_view key, Text value, Monotonic ends) {
  Shard& home = shard(key);
  std::lock_guard lock(home.mutex);
  return home.table.fill(ticket, key, std::move(value), ends);
}

void SharedNearTable::invalidate(std::string_view key) {
  Shard& home = shard(key);
  std::lock_guard lock(home.mutex);
  home.table.invalidate(key);
}

void SharedNearTable::invalidate_all() {
  for (const auto& home : shards_) {
    std::lock_guard lock(home->mutex);
    home->table.invalidate_all();
  }
}

std::size_t SharedNearTable::size() const {
  std::size_t total = 0;
  for (const auto& home : shards_) {
    std::lock_guard lock(home->mutex);
    total += home->table.size();
  }
  return total;
}

}  // namespace flotilla::cluster
