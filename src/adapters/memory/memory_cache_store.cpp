#include "adapters/memory/memory_cache_store.hpp"

#include "cluster/cache/object_edit.hpp"

namespace flotilla::memory {

using cluster::Millis;
using cluster::Monotonic;

MemoryCacheStore::MemoryCacheStore(std::size_t items_max, Now now)
    : now_(std::move(now)), items_(items_max) {}

MemoryCacheStore::Item* MemoryCacheStore::live(std::string_view key, Monotonic now) {
  Item* item = items_.find(key);
  if (!item || !item->ends || now < *item->ends) return item;
  items_.erase(key);
  return nullptr;
}

std::shared_ptr<const std::string> MemoryCacheStore::peek(std::string_view key) {
  const Monotonic now = now_();
  std::lock_guard lock(mutex_);
  const Item* item = live(key, now);
  return item ? item->text : nullptr;
}

Task<std::vector<std::optional<std::string>>> MemoryCacheStore::get(std::vector<std::string> keys) {
  std::vector<std::optional<std::string>> found(keys.size());
  const Monotonic now = now_();
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (const Item* item = live(keys[i], now)) found[i] = *item->text;
  co_return found;
}

Task<void> MemoryCacheStore::set(std::vector<Entry> entries, std::optional<Millis> ttl) {
  std::optional<Monotonic> ends;
  if (ttl && ttl->count() > 0) ends = now_() + *ttl;
  std::lock_guard lock(mutex_);
  for (Entry& entry : entries)
    items_.put(entry.key, {std::make_shared<const std::string>(std::move(entry.value)), ends});
  co_return;
}

Task<std::int64_t> MemoryCacheStore::erase(std::vector<std::string> keys) {
  std::int64_t erased = 0;
  const Monotonic now = now_();
  std::lock_guard lock(mutex_);
  for (const std::string& key : keys)
    if (live(key, now) && items_.erase(key)) ++erased;
  co_return erased;
}

Task<cluster::CacheStore::Life> MemoryCacheStore::life(std::string key) {
  Life life;
  const Monotonic now = now_();
  std::lock_guard lock(mutex_);
  if (const Item* item = live(key, now)) {
    life.present = true;
    life.forever = !item->ends;
    if (item->ends) life.left = std::chrono::ceil<Millis>(*item->ends - now);
  }
  co_return life;
}

Task<std::vector<std::string>> MemoryCacheStore::keys(std::string prefix) {
  std::vector<std::string> found;
  const Monotonic now = now_();
  std::lock_guard lock(mutex_);
  for (const auto& [key, item] : items_)
    if (key.starts_with(prefix) && (!item.ends || now < *item.ends)) found.push_back(key);
  co_return found;
}

Task<void> MemoryCacheStore::edit_object(std::string key, std::string name,
                                         std::optional<std::string> value) {
  const Monotonic now = now_();
  std::lock_guard lock(mutex_);
  const Item* item = live(key, now);
  std::optional<std::string> text;
  if (item) text = *item->text;
  const auto ends = item ? item->ends : std::nullopt;
  if (!item && !value) co_return;
  std::optional<std::string> edited = cluster::edited_object(text, key, name, value);
  if (edited) items_.put(key, {std::make_shared<const std::string>(std::move(*edited)), ends});
}

}  // namespace flotilla::memory
