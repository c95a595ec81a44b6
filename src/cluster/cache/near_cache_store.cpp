#include "cluster/cache/near_cache_store.hpp"

#include <algorithm>

#include "cluster/cache/cache_measures.hpp"

namespace flotilla::cluster {

// A change by this node: copies are void before it is sent and after it ended, however it ended.
class NearCacheStore::Change {
 public:
  Change(std::shared_ptr<Near> near, std::vector<std::string> keys)
      : near_(std::move(near)), keys_(std::move(keys)) {
    invalidate();
  }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;
  ~Change() { invalidate(); }

 private:
  void invalidate() {
    for (const std::string& key : keys_) near_->table.invalidate(key);
  }

  std::shared_ptr<Near> near_;
  std::vector<std::string> keys_;
};

NearCacheStore::NearCacheStore(std::shared_ptr<CacheStore> home, std::function<bool()> fresh,
                               NearOptions options)
    : near_(new Near{SharedNearTable(options.items_max), std::move(home), std::move(fresh), {}}) {
  near_->options = std::move(options);
}

std::shared_ptr<const std::string> NearCacheStore::peek(std::string_view key) {
  if (!near_->fresh()) return nullptr;
  auto copy = near_->table.find(key, near_->options.now());
  if (copy) CacheMeasures::process().near_hits.add();
  return copy;
}

Task<std::vector<std::optional<NearFound>>> NearCacheStore::fetch(std::shared_ptr<Near> near,
                                                                  std::vector<std::string> keys) {
  if (near->options.read) co_return co_await near->options.read(std::move(keys));
  std::vector<std::optional<std::string>> values = co_await near->home->get(keys);
  std::vector<std::optional<NearFound>> found(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!values[i]) continue;
    const Life life = co_await near->home->life(keys[i]);
    found[i] = NearFound{std::move(*values[i]), {}};
    if (!life.forever) found[i]->left = life.present ? life.left : Millis{0};
  }
  co_return found;
}

Task<std::vector<std::optional<std::string>>> NearCacheStore::get(std::vector<std::string> keys) {
  const std::shared_ptr<Near> near = near_;
  if (!near->fresh()) {
    CacheMeasures::process().near_misses.add(keys.size());
    co_return co_await near->home->get(std::move(keys));
  }

  std::vector<std::optional<std::string>> answers(keys.size());
  std::vector<std::size_t> places;
  std::vector<std::string> missing;
  std::vector<SharedNearTable::Ticket> tickets;
  // Lives are counted from before the question: a copy ends no later than its original.
  const Monotonic asked = near->options.now();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (const auto copy = near->table.find(keys[i], asked)) {
      answers[i] = *copy;
      continue;
    }
    tickets.push_back(near->table.begin(keys[i]));
    places.push_back(i);
    missing.push_back(std::move(keys[i]));
  }
  CacheMeasures::process().near_hits.add(keys.size() - missing.size());
  CacheMeasures::process().near_misses.add(missing.size());
  if (missing.empty()) co_return answers;

  std::vector<std::optional<NearFound>> found = co_await fetch(near, missing);
  const bool keep = near->fresh();
  for (std::size_t i = 0; i < missing.size() && i < found.size(); ++i) {
    if (!found[i]) continue;
    const Millis life = std::min(found[i]->left.value_or(near->options.life_max), near->options.life_max);
    if (keep && life.count() > 0 && found[i]->value.size() <= near->options.value_bytes_max &&
        missing[i].starts_with(near->options.prefix))
      near->table.fill(tickets[i], missing[i], std::make_shared<const std::string>(found[i]->value),
                       asked + life);
    answers[places[i]] = std::move(found[i]->value);
  }
  co_return answers;
}

Task<void> NearCacheStore::set(std::vector<Entry> entries, std::optional<Millis> ttl) {
  const std::shared_ptr<Near> near = near_;
  std::vector<std::string> keys;
  for (const Entry& entry : entries) keys.push_back(entry.key);
  const Change change(near, std::move(keys));
  co_await near->home->set(std::move(entries), ttl);
}

Task<std::int64_t> NearCacheStore::erase(std::vector<std::string> keys) {
  const std::shared_ptr<Near> near = near_;
  const Change change(near, keys);
  co_return co_await near->home->erase(std::move(keys));
}

Task<CacheStore::Life> NearCacheStore::life(std::string key) {
  const std::shared_ptr<Near> near = near_;
  co_return co_await near->home->life(std::move(key));
}

Task<std::vector<std::string>> NearCacheStore::keys(std::string prefix) {
  const std::shared_ptr<Near> near = near_;
  co_return co_await near->home->keys(std::move(prefix));
}

Task<void> NearCacheStore::edit_object(std::string key, std::string name, std::optional<std::string> value) {
  const std::shared_ptr<Near> near = near_;
  const Change change(near, std::vector<std::string>(1, key));
  co_await near->home->edit_object(std::move(key), std::move(name), std::move(value));
}

}  // namespace flotilla::cluster
