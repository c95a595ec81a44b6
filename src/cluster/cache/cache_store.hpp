#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/time.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

/// Where a cache keeps its values. Keys are whole (prefix included), values are JSON texts. Thread-safe.
/// Every call ends within the adapter's command deadline; it throws Unavailable when the store does not
/// answer.
class CacheStore {
 public:
  struct Entry {
    std::string key;
    std::string value;
  };
  /// Remaining life of a key. `forever`: it never ends by itself.
  struct Life {
    bool present = false;
    bool forever = false;
    Millis left{0};
  };

  virtual ~CacheStore() = default;

  /// One answer a key, in their order; one round trip.
  virtual Task<std::vector<std::optional<std::string>>> get(std::vector<std::string> keys) = 0;
  /// All or none of them; replaces values and lives. Without `ttl`, or with one of 0 or less, they
  /// stay until the store needs the room.
  virtual Task<void> set(std::vector<Entry> entries, std::optional<Millis> ttl) = 0;
  /// Answers how many were there.
  virtual Task<std::int64_t> erase(std::vector<std::string> keys) = 0;
  virtual Task<Life> life(std::string key) = 0;
  /// The keys that start with `prefix`, unordered. Walks the store: for maintenance, not for requests.
  virtual Task<std::vector<std::string>> keys(std::string prefix) = 0;
  /// Atomically sets member `name` of the JSON object under `key` (made when missing; keeps its life), or
  /// removes it when `value` is empty. Throws Error 400 naming the key when it holds something else.
  virtual Task<void> edit_object(std::string key, std::string name, std::optional<std::string> value) = 0;
};

}  // namespace flotilla::cluster
