#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "cluster/cache/cache_state.hpp"
#include "cluster/unavailable.hpp"

namespace flotilla::cluster {

namespace {

using How = SingleFlight::Landed::How;

void without_cache(const Unavailable& failure) {
  log::debug("the cache does not answer, the value is computed", {{"reason", failure.what()}});
}

}  // namespace

struct Cache::Wrap {
  std::shared_ptr<State> state;
  std::shared_ptr<SingleFlight> flights;
  std::string key;
  Compute compute;
  std::function<bool(const Json&)> hit;
  std::function<bool(const Json&)> keep;  ///< may throw: the computation failed
  std::optional<Millis> ttl;

  static Task<Json> run(Wrap wrap);
  static Task<Json> lead(Wrap& wrap, SingleFlight::Pass& pass);
  static Task<void> store(Wrap& wrap, const SingleFlight::Pass& pass, std::string text);
};

// The key is boarded before it is read, so that who comes too late to join a flight finds what it stored.
Task<Json> Cache::Wrap::run(Wrap wrap) {
  if (wrap.state->instant) {
    if (const auto text = State::peek(*wrap.state, wrap.key)) {
      std::optional<Json> found = State::parsed(*text, wrap.key);
      if (found && wrap.hit(*found)) co_return std::move(*found);
    }
  }
  for (;;) {
    SingleFlight::Pass pass = wrap.flights->board(wrap.key);
    if (pass.leads()) co_return co_await lead(wrap, pass);
    const SingleFlight::Landed landed = co_await pass.wait();
    if (landed.how == How::value) co_return *landed.value;
    if (landed.how == How::failed) std::rethrow_exception(landed.failure);
    if (landed.how == How::unshared) co_return co_await wrap.compute();
  }
}

Task<Json> Cache::Wrap::lead(Wrap& wrap, SingleFlight::Pass& pass) {
  try {
    bool answers = true;
    std::optional<Json> found;
    try {
      found = co_await State::read(wrap.state, wrap.key);
    } catch (const Unavailable& failure) {
      answers = false;
      without_cache(failure);
    }
    std::shared_ptr<const Json> value;
    if (found && wrap.hit(*found)) {
      value = std::make_shared<const Json>(std::move(*found));
    } else {
      value = std::make_shared<const Json>(co_await wrap.compute());
      if (!wrap.keep(*value)) {
        pass.land({How::unshared});
        co_return *value;
      }
      if (answers) co_await store(wrap, pass, json::dump(*value));
    }
    pass.land({How::value, value});
    co_return *value;
  } catch (...) {
    if (pass.leads()) pass.land({How::failed, {}, std::current_exception()});
    throw;
  }
}

Task<void> Cache::Wrap::store(Wrap& wrap, const SingleFlight::Pass& pass, std::string text) {
  if (!pass.may_keep()) co_return;
  try {
    std::vector<CacheStore::Entry> entries(1);
    entries.front() = {wrap.key, std::move(text)};
    co_await wrap.state->store->set(std::move(entries), wrap.ttl);
    if (pass.may_keep()) co_return;
    // Somebody changed the key meanwhile and ours may have come last: rather nothing than an old value.
    std::vector<std::string> keys(1, wrap.key);
    co_await wrap.state->store->erase(std::move(keys));
  } catch (const Unavailable& failure) {
    without_cache(failure);
  }
}

Task<Json> Cache::wrap(std::string key, Compute compute, std::optional<Millis> ttl) {
  Wrap wrap{state_, state_->wraps, whole(key), std::move(compute), {}, {}, ttl};
  wrap.hit = [](const Json& value) { return !value.is_null(); };
  wrap.keep = [](const Json& value) {
    if (value.is_null()) throw Error(500, "\"null\" is not a cacheable value");
    return true;
  };
  co_return co_await Wrap::run(std::move(wrap));
}

Task<Json> Cache::wrap_with_condition(std::string key, Compute compute, Conditions conditions) {
  if (!conditions.use_cache) co_return co_await compute();
  Wrap wrap{state_, state_->conditionals, whole(key), std::move(compute), {}, {}, conditions.ttl};
  wrap.hit = [](const Json& value) { return json::truthy(value); };
  wrap.keep = conditions.cacheable ? std::move(conditions.cacheable) : wrap.hit;
  co_return co_await Wrap::run(std::move(wrap));
}

}  // namespace flotilla::cluster
