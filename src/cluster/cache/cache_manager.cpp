#include "cluster/cache/cache_manager.hpp"

#include "base/error.hpp"

namespace flotilla::cluster {

namespace {

std::string below(const std::string& prefix, std::string_view key) {
  std::string all;
  all.reserve(prefix.size() + 1 + key.size());
  return all.append(prefix).append(1, ':').append(key);
}

}  // namespace

Task<std::int64_t> Counter::incrby(std::string key, std::int64_t by, std::optional<Millis> ttl) {
  const std::shared_ptr<CounterStore> store = store_;
  co_return co_await store->add(below(prefix_, key), by, ttl);
}

Task<std::int64_t> Counter::get(std::string key) {
  const std::shared_ptr<CounterStore> store = store_;
  co_return co_await store->get(below(prefix_, key));
}

Task<void> Counter::reset(std::string key) {
  const std::shared_ptr<CounterStore> store = store_;
  co_await store->reset(below(prefix_, key));
}

Task<void> BloomFilter::reserve(std::string key, double error_rate, std::int64_t capacity) {
  const std::shared_ptr<BloomStore> store = store_;
  co_await store->reserve(below(prefix_, key), error_rate, capacity);
}

Task<void> BloomFilter::add(std::string key, std::string value) {
  std::vector<std::string> values(1, std::move(value));
  co_await madd(std::move(key), std::move(values));
}

Task<void> BloomFilter::madd(std::string key, std::vector<std::string> values) {
  const std::shared_ptr<BloomStore> store = store_;
  co_await store->add(below(prefix_, key), std::move(values));
}

Task<bool> BloomFilter::exists(std::string key, std::string value) {
  const std::shared_ptr<BloomStore> store = store_;
  co_return co_await store->exists(below(prefix_, key), std::move(value));
}

CacheManager::CacheManager(AppName app, std::map<std::string, CacheStores> stores, std::string default_store)
    : app_(std::move(app)), stores_(std::move(stores)), default_store_(std::move(default_store)) {
  stores_of(default_store_);
}

const CacheStores& CacheManager::stores_of(const std::string& store) const {
  const auto found = stores_.find(store.empty() ? default_store_ : store);
  if (found == stores_.end())
    throw Error(500, "Create cache failed, store type [" + store + "] is unavailable or not registered");
  return found->second;
}

std::string CacheManager::whole_prefix(std::string_view prefix) const {
  return prefix.empty() ? app_ : below(app_, prefix);
}

std::shared_ptr<Cache> CacheManager::create(std::string name, std::string prefix, std::string store) {
  std::lock_guard lock(mutex_);
  if (const auto found = caches_.find(name); found != caches_.end()) return found->second;
  auto cache = std::make_shared<Cache>(stores_of(store).values, whole_prefix(prefix));
  caches_.emplace(std::move(name), cache);
  return cache;
}

std::shared_ptr<Cache> CacheManager::get(const std::string& name) {
  std::lock_guard lock(mutex_);
  const auto found = caches_.find(name);
  if (found == caches_.end()) throw Error(500, "Get cache failed, " + name + " is not found");
  return found->second;
}

Counter CacheManager::counter(std::string prefix, std::string store) {
  std::string whole = app_ + ".counter";
  if (!prefix.empty()) whole = below(whole, prefix);
  return Counter(stores_of(store).counters, std::move(whole));
}

BloomFilter CacheManager::bloom_filter(std::string store) {
  return BloomFilter(stores_of(store).blooms, app_ + ".bloom");
}

}  // namespace flotilla::cluster
