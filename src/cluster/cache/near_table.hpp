#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/cache/lru_map.hpp"
#include "cluster/time.hpp"

namespace flotilla::cluster {

/// Copies of values whose home is elsewhere, for as long as nobody says that they changed. Bounded; pure: the
/// time comes from outside. Not thread-safe.
///
/// A read and an invalidation may overtake each other on their way here. So a reader takes a ticket before it
/// asks the home, and what it brings is dropped when the key was invalidated in between. A ticket costs no
/// memory and may be forgotten. Keys share kSlots counters: now and then a copy is dropped for another key's
/// sake, none is ever kept wrongly.
class NearTable {
 public:
  using Text = std::shared_ptr<const std::string>;
  struct Ticket {
    std::uint64_t all = 0;
    std::uint64_t slot = 0;
  };
  static constexpr std::size_t kSlots = 256;

  explicit NearTable(std::size_t items_max) : items_(items_max) {}

  /// Null when there is no copy, or its life is over.
  Text find(std::string_view key, Monotonic now);
  Ticket begin(std::string_view key) const { return {all_, slots_[slot(key)]}; }
  /// Keeps a copy until `ends`. False, and nothing is kept, when the ticket is no longer good.
  bool fill(Ticket ticket, std::string_view key, Text value, Monotonic ends);
  void invalidate(std::string_view key);
  void invalidate_all();
  std::size_t size() const { return items_.size(); }

 private:
  struct Item {
    Text value;
    Monotonic ends;
  };
  static std::size_t slot(std::string_view key) { return std::hash<std::string_view>{}(key) % kSlots; }

  LruMap<Item> items_;
  std::uint64_t all_ = 0;
  std::array<std::uint64_t, kSlots> slots_{};
};

/// The same for many threads: tables with a lock each, so that threads seldom meet.
class SharedNearTable {
 public:
  using Text = NearTable::Text;
  using Ticket = NearTable::Ticket;
  static constexpr std::size_t kShards = 16;

  /// `items_max` of all shards together, rounded up to a multiple of kShards.
  explicit SharedNearTable(std::size_t items_max);

  Text find(std::string_view key, Monotonic now);
  Ticket begin(std::string_view key) const;
  bool fill(Ticket ticket, std::string_view key, Text value, Monotonic ends);
  void invalidate(std::string_view key);
  /// Tickets taken before this call are void when it returns.
  void invalidate_all();
  std::size_t size() const;

 private:
  struct alignas(64) Shard {
    explicit Shard(std::size_t items_max) : table(items_max) {}
    mutable std::mutex mutex;
    NearTable table;
  };
  Shard& shard(std::string_view key) const;

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace flotilla::cluster
