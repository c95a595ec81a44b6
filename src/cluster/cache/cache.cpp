#include "cluster/cache/cache.hpp"

#include <algorithm>
#include <stdexcept>

#include "cluster/cache/cache_state.hpp"
#include "cluster/cache/glob.hpp"

namespace flotilla::cluster {

namespace {
constexpr std::size_t kEraseAtOnce = 1'000;
}

Cache::Cache(std::shared_ptr<CacheStore> store, std::string prefix)
    : state_(std::make_shared<State>(std::move(store))), prefix_(std::move(prefix)) {
  if (prefix_.empty()) throw std::invalid_argument("a cache needs a prefix: its store is shared");
}

Cache::~Cache() = default;

std::string Cache::whole(std::string_view key) const {
  std::string all;
  all.reserve(prefix_.size() + 1 + key.size());
  return all.append(prefix_).append(1, ':').append(key);
}

Task<std::optional<Json>> Cache::get(std::string key) {
  const std::shared_ptr<State> state = state_;
  key = whole(key);
  if (state->instant)
    if (const auto text = State::peek(*state, key)) co_return State::parsed(*text, key);
  co_return co_await State::read(state, std::move(key));
}

Task<void> Cache::set(std::string key, Json value, std::optional<Millis> ttl) {
  std::vector<std::pair<std::string, Json>> entries;
  entries.emplace_back(std::move(key), std::move(value));
  co_await mset(std::move(entries), ttl);
}

Task<void> Cache::del(std::string key) {
  std::vector<std::string> keys(1, std::move(key));
  co_await mdel(std::move(keys));
}

Task<std::vector<std::optional<Json>>> Cache::mget(std::vector<std::string> keys) {
  const std::shared_ptr<State> state = state_;
  for (std::string& key : keys) key = whole(key);
  const std::vector<std::optional<std::string>> texts = co_await state->store->get(keys);
  std::vector<std::optional<Json>> values(keys.size());
  for (std::size_t i = 0; i < keys.size() && i < texts.size(); ++i) {
    State::count(texts[i].has_value());
    if (texts[i]) values[i] = State::parsed(*texts[i], keys[i]);
  }
  co_return values;
}

Task<void> Cache::mset(std::vector<std::pair<std::string, Json>> entries, std::optional<Millis> ttl) {
  const std::shared_ptr<State> state = state_;
  std::vector<std::string> keys;
  std::vector<CacheStore::Entry> texts;
  for (const auto& [key, value] : entries) {
    keys.push_back(whole(key));
    texts.push_back({keys.back(), json::dump(value)});
  }
  if (texts.empty()) co_return;
  const State::Change change(state, std::move(keys));
  co_await state->store->set(std::move(texts), ttl);
}

Task<void> Cache::mdel(std::vector<std::string> keys) {
  const std::shared_ptr<State> state = state_;
  if (keys.empty()) co_return;
  for (std::string& key : keys) key = whole(key);
  const State::Change change(state, keys);
  co_await state->store->erase(std::move(keys));
}

Task<CacheStore::Life> Cache::ttl(std::string key) {
  const std::shared_ptr<State> state = state_;
  co_return co_await state->store->life(whole(key));
}

Task<std::vector<std::string>> Cache::keys(std::string pattern) {
  const std::shared_ptr<State> state = state_;
  const std::string below = whole({});
  // What stands before the first wildcard narrows the walk.
  std::vector<std::string> found =
      co_await state->store->keys(below + pattern.substr(0, pattern.find_first_of("*?")));
  std::vector<std::string> names;
  for (const std::string& key : found) {
    if (!key.starts_with(below)) continue;
    const std::string_view name = std::string_view(key).substr(below.size());
    if (glob_matches(pattern, name)) names.emplace_back(name);
  }
  co_return names;
}

Task<void> Cache::reset() {
  const std::shared_ptr<State> state = state_;
  struct ForgetAll {
    explicit ForgetAll(std::shared_ptr<State> state) : state(std::move(state)) { this->state->forget_all(); }
    ForgetAll(const ForgetAll&) = delete;
    ForgetAll& operator=(const ForgetAll&) = delete;
    ~ForgetAll() { state->forget_all(); }
    std::shared_ptr<State> state;
  };
  const ForgetAll change(state);
  const std::vector<std::string> all = co_await state->store->keys(whole({}));
  for (std::size_t from = 0; from < all.size(); from += kEraseAtOnce) {
    const std::size_t count = std::min(kEraseAtOnce, all.size() - from);
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(from);
    std::vector<std::string> some(first, first + static_cast<std::ptrdiff_t>(count));
    co_await state->store->erase(std::move(some));
  }
}

Task<std::optional<Json>> Cache::get_in_object(std::string key, std::string name) {
  std::optional<Json> object = co_await get(std::move(key));
  if (!object || !object->is_object()) co_return std::nullopt;
  const Json* member = json::find(object->get_object(), name);
  if (!member) co_return std::nullopt;
  co_return *member;
}

Task<void> Cache::set_in_object(std::string key, std::string name, Json value) {
  const std::shared_ptr<State> state = state_;
  key = whole(key);
  const State::Change change(state, std::vector<std::string>(1, key));
  std::optional<std::string> text = json::dump(value);
  co_await state->store->edit_object(std::move(key), std::move(name), std::move(text));
}

Task<void> Cache::del_in_object(std::string key, std::string name) {
  const std::shared_ptr<State> state = state_;
  key = whole(key);
  const State::Change change(state, std::vector<std::string>(1, key));
  std::optional<std::string> nothing;
  co_await state->store->edit_object(std::move(key), std::move(name), std::move(nothing));
}

}  // namespace flotilla::cluster
