#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "cluster/cache/cache_store.hpp"

namespace flotilla::cluster {

/// A named cache: JSON values below one prefix of a store. Thread-safe. Lives are in milliseconds; without
/// one, or with one of 0 or less, a value stays until the store needs the room. Calls throw Unavailable when
/// the store does not answer; wrap() and wrap_with_condition() do not: they then compute. A cache may be
/// destroyed while its calls run.
class Cache {
 public:
  using Compute = std::function<Task<Json>()>;
  struct Conditions {
    bool use_cache = true;                            ///< false: neither reads nor writes
    std::function<bool(const Json&)> cacheable = {};  ///< default: JavaScript's truthiness
    std::optional<Millis> ttl = {};
  };

  /// `prefix` without the colon that follows it: "main", "main:roles". Throws std::invalid_argument when it
  /// is empty: reset() would empty a store that is shared.
  Cache(std::shared_ptr<CacheStore> store, std::string prefix);
  ~Cache();

  Task<std::optional<Json>> get(std::string key);
  Task<void> set(std::string key, Json value, std::optional<Millis> ttl = {});
  Task<void> del(std::string key);

  Task<std::vector<std::optional<Json>>> mget(std::vector<std::string> keys);
  Task<void> mset(std::vector<std::pair<std::string, Json>> entries, std::optional<Millis> ttl = {});
  Task<void> mdel(std::vector<std::string> keys);

  /// The value under `key`, or else what `compute` gives, kept for `ttl`. Callers of one key at one time
  /// share one computation, which runs on the first caller's executor. One that throws is not kept and throws
  /// to all who waited for it. A null found counts as missing; a null computed throws Error 500 `"null" is
  /// not a cacheable value` as NocoBase does on Redis. A computation that this cache's set(), del() or
  /// reset() of the key overtook is answered to those who waited for it already, and not kept; changes by
  /// other nodes are not seen, so what other nodes change needs a ttl or a signal. `compute` must not wrap
  /// the same key.
  Task<Json> wrap(std::string key, Compute compute, std::optional<Millis> ttl = {});
  /// Truthiness decides what is a hit (null, false, 0 and "" are none), `conditions.cacheable` what is kept.
  /// A result that is not kept is not shared either: who waited for it computes.
  Task<Json> wrap_with_condition(std::string key, Compute compute, Conditions conditions);

  Task<CacheStore::Life> ttl(std::string key);
  /// Keys of this cache, without its prefix, unordered. In `pattern` `*` is any text and `?` any one byte.
  Task<std::vector<std::string>> keys(std::string pattern = "*");
  /// Removes the keys of this prefix and nothing else.
  Task<void> reset();

  // Members of a JSON object under one key, changed atomically.
  Task<std::optional<Json>> get_in_object(std::string key, std::string name);
  Task<void> set_in_object(std::string key, std::string name, Json value);
  Task<void> del_in_object(std::string key, std::string name);

  const std::string& prefix() const { return prefix_; }

 private:
  struct State;
  struct Wrap;
  std::string whole(std::string_view key) const;

  std::shared_ptr<State> state_;
  std::string prefix_;
};

}  // namespace flotilla::cluster
