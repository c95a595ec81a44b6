#include "cluster/cache/cache_state.hpp"

#include "base/log.hpp"
#include "cluster/cache/cache_measures.hpp"

namespace flotilla::cluster {

std::optional<Json> Cache::State::parsed(const std::string& text, const std::string& key) {
  bool readable = false;
  Json value = json::try_parse(text, &readable);
  if (readable) return value;
  log::warn("a cached value is no JSON and counts as missing", {{"name", key}});
  return std::nullopt;
}

void Cache::State::count(bool found) {
  CacheMeasures& measures = CacheMeasures::process();
  (found ? measures.hits : measures.misses).add();
}

std::shared_ptr<const std::string> Cache::State::peek(const State& state, std::string_view key) {
  std::shared_ptr<const std::string> text = state.instant->peek(key);
  if (text) count(true);
  return text;
}

Task<std::optional<Json>> Cache::State::read(std::shared_ptr<State> state, std::string key) {
  if (state->instant)
    if (const auto text = peek(*state, key)) co_return parsed(*text, key);
  std::vector<std::string> keys(1, key);
  const std::vector<std::optional<std::string>> texts = co_await state->store->get(std::move(keys));
  const bool found = !texts.empty() && texts.front();
  count(found);
  if (!found) co_return std::nullopt;
  co_return parsed(*texts.front(), key);
}

void Cache::State::forget(const std::vector<std::string>& keys) const {
  for (const std::string& key : keys) {
    wraps->forget(key);
    conditionals->forget(key);
  }
}

void Cache::State::forget_all() const {
  wraps->forget_all();
  conditionals->forget_all();
}

}  // namespace flotilla::cluster
