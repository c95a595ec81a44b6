#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cluster/cache/bloom_store.hpp"
#include "cluster/cache/cache.hpp"
#include "cluster/cache/counter_store.hpp"
#include "cluster/node.hpp"

namespace flotilla::cluster {

/// The three kinds of stores of one technology.
struct CacheStores {
  std::shared_ptr<CacheStore> values;
  std::shared_ptr<CounterStore> counters;
  std::shared_ptr<BloomStore> blooms;
};

/// A counter below a prefix. Keys on the wire: `<app>.counter:<prefix>:<key>`, apart from those of caches, so
/// that resetting a cache leaves it alone. Absent is 0; `ttl` is armed by the increment that makes the
/// counter.
class Counter {
 public:
  Counter(std::shared_ptr<CounterStore> store, std::string prefix)
      : store_(std::move(store)), prefix_(std::move(prefix)) {}
  Task<std::int64_t> incr(std::string key, std::optional<Millis> ttl = {}) {
    return incrby(std::move(key), 1, ttl);
  }
  Task<std::int64_t> incrby(std::string key, std::int64_t by, std::optional<Millis> ttl = {});
  Task<std::int64_t> get(std::string key);
  Task<void> reset(std::string key);

 private:
  std::shared_ptr<CounterStore> store_;
  std::string prefix_;
};

/// Bloom filters of an application: keys on the wire are `<app>.bloom:<key>`, apart from those of caches, so
/// that resetting a cache revokes no revocation.
class BloomFilter {
 public:
  BloomFilter(std::shared_ptr<BloomStore> store, std::string prefix)
      : store_(std::move(store)), prefix_(std::move(prefix)) {}
  Task<void> reserve(std::string key, double error_rate, std::int64_t capacity);
  Task<void> add(std::string key, std::string value);
  Task<void> madd(std::string key, std::vector<std::string> values);
  Task<bool> exists(std::string key, std::string value);

 private:
  std::shared_ptr<BloomStore> store_;
  std::string prefix_;
};

/// Makes the caches of an application by name. Thread-safe.
class CacheManager {
 public:
  /// `stores`: "memory", and "redis" when it is configured. Throws Error 500 for an unknown default
  /// store: `Create cache failed, store type [x] is unavailable or not registered`.
  CacheManager(AppName app, std::map<std::string, CacheStores> stores, std::string default_store);

  /// The same cache for the same name, whoever asks first decides its prefix and store. Throws Error 500 for
  /// an unknown store. Keys on the wire:
  /// `<app>:<prefix>:<key>`, without a prefix `<app>:<key>`.
  std::shared_ptr<Cache> create(std::string name, std::string prefix = {}, std::string store = {});
  /// Throws Error 500 `Get cache failed, <name> is not found`.
  std::shared_ptr<Cache> get(const std::string& name);
  Counter counter(std::string prefix, std::string store = {});
  BloomFilter bloom_filter(std::string store = {});
  const std::string& default_store() const { return default_store_; }

 private:
  const CacheStores& stores_of(const std::string& store) const;
  std::string whole_prefix(std::string_view prefix) const;

  AppName app_;
  std::map<std::string, CacheStores> stores_;
  std::string default_store_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Cache>> caches_;
};

}  // namespace flotilla::cluster
