#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/cache/cache.hpp"
#include "cluster/cache/instant_reads.hpp"
#include "cluster/cache/single_flight.hpp"

namespace flotilla::cluster {

/// What the calls of a cache share; a call under way keeps it.
struct Cache::State {
  explicit State(std::shared_ptr<CacheStore> home)
      : store(std::move(home)), instant(std::dynamic_pointer_cast<InstantReads>(store)) {}

  /// Keys are whole. Answers empty, and warns, when what is there is no JSON.
  static std::optional<Json> parsed(const std::string& text, const std::string& key);
  /// From memory when the store can, without suspending then.
  static Task<std::optional<Json>> read(std::shared_ptr<State> state, std::string key);

  /// As InstantReads::peek, counted when it is a hit.
  static std::shared_ptr<const std::string> peek(const State& state, std::string_view key);
  static void count(bool found);

  void forget(const std::vector<std::string>& keys) const;
  void forget_all() const;

  const std::shared_ptr<CacheStore> store;
  const std::shared_ptr<InstantReads> instant;  ///< null when the store has none
  // Apart, because they differ in what is a hit.
  const std::shared_ptr<SingleFlight> wraps = std::make_shared<SingleFlight>();
  const std::shared_ptr<SingleFlight> conditionals = std::make_shared<SingleFlight>();

  /// A change under way: computations that began before it ended are neither joined nor kept.
  class Change {
   public:
    Change(std::shared_ptr<State> state, std::vector<std::string> keys)
        : state_(std::move(state)), keys_(std::move(keys)) {
      state_->forget(keys_);
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    ~Change() { state_->forget(keys_); }

   private:
    std::shared_ptr<State> state_;
    std::vector<std::string> keys_;
  };
};

}  // namespace flotilla::cluster
