#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/cache/cache_store.hpp"
#include "cluster/cache/instant_reads.hpp"
#include "cluster/cache/near_table.hpp"

namespace flotilla::cluster {

/// A value as its home knows it.
struct NearFound {
  std::string value;
  std::optional<Millis> left;  ///< empty: it does not end by itself
};

struct NearOptions {
  /// Copies are kept only of keys that begin with it: those that the link watches.
  std::string prefix = {};
  std::size_t items_max = 10'000;
  std::size_t value_bytes_max = 65'536;  ///< longer values are fetched every time
  /// No copy is served for longer, so that a lost invalidation heals.
  Millis life_max{60'000};
  std::function<Monotonic()> now = [] { return std::chrono::steady_clock::now(); };
  /// Values together with what is left of their lives, one answer a key, ideally in one round trip. Empty:
  /// get() and then life() of each key.
  std::function<Task<std::vector<std::optional<NearFound>>>(std::vector<std::string> keys)> read = {};
};

/// Copies in front of a shared store. They are served only while `fresh` says that invalidations arrive, so
/// that a node never answers an old value for longer than its link may be silent. Thread-safe.
///
/// What the adapter of the store owes to it:
/// - `fresh()`: any thread, never blocks, false from the moment the link is in doubt;
/// - invalidate(key) for every change by anybody, this node included (its own lost reply may be a change that
///   happens later), and for keys whose life ended if the store tells;
/// - the store begins to watch a key before it answers the read of it;
/// - invalidate_all() after the link is up again and before `fresh()` is true again.
class NearCacheStore : public CacheStore, public InstantReads {
 public:
  NearCacheStore(std::shared_ptr<CacheStore> home, std::function<bool()> fresh, NearOptions options = {});

  Task<std::vector<std::optional<std::string>>> get(std::vector<std::string> keys) override;
  Task<void> set(std::vector<Entry> entries, std::optional<Millis> ttl) override;
  Task<std::int64_t> erase(std::vector<std::string> keys) override;
  Task<Life> life(std::string key) override;
  Task<std::vector<std::string>> keys(std::string prefix) override;
  Task<void> edit_object(std::string key, std::string name, std::optional<std::string> value) override;

  std::shared_ptr<const std::string> peek(std::string_view key) override;

  // Never block for longer than a look into the table: to be called from the link's own loop.
  void invalidate(std::string_view key) { near_->table.invalidate(key); }
  void invalidate_all() { near_->table.invalidate_all(); }
  std::size_t size() const { return near_->table.size(); }

 private:
  struct Near {
    SharedNearTable table;
    std::shared_ptr<CacheStore> home;
    std::function<bool()> fresh;
    NearOptions options;
  };
  class Change;
  static Task<std::vector<std::optional<NearFound>>> fetch(std::shared_ptr<Near> near,
                                                           std::vector<std::string> keys);

  std::shared_ptr<Near> near_;  ///< calls under way keep it
};

}  // namespace flotilla::cluster
