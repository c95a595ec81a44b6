#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "cluster/registry/registry_store.hpp"
#include "cluster/unavailable.hpp"

namespace flotilla::cluster::test {

/// A registry in memory whose clock moves by hand, which can be away, and which remembers what was asked.
class FakeRegistry final : public RegistryStore {
 public:
  /// Runs within announce(), after the call was noted and before it takes effect.
  std::function<Task<void>()> before_effect;

  Task<void> announce(NodeRecord node) override {
    note("announce " + node.id);
    if (before_effect) co_await before_effect();
    std::lock_guard lock(mutex_);
    check();
    node.last_seen = now_;
    nodes_[node.id] = std::move(node);
    ++announced_;
  }
  Task<Listing> list() override {
    std::lock_guard lock(mutex_);
    check();
    Listing listing;
    for (const auto& [id, node] : nodes_) listing.nodes.push_back(node);
    std::ranges::sort(listing.nodes, {}, &NodeRecord::started_at);
    listing.now = now_;
    co_return listing;
  }
  Task<void> leave(NodeId id) override {
    note("leave " + id);
    std::lock_guard lock(mutex_);
    check();
    nodes_.erase(id);
    co_return;
  }
  Task<void> forget(Millis age) override {
    note("forget " + std::to_string(age.count()));
    std::lock_guard lock(mutex_);
    check();
    std::erase_if(nodes_, [&](const auto& one) { return now_ - one.second.last_seen > age; });
    co_return;
  }

  void advance(Millis by) {
    std::lock_guard lock(mutex_);
    now_ += by;
  }
  void away(bool yes) {
    std::lock_guard lock(mutex_);
    away_ = yes;
  }
  /// As another node has said.
  void put(NodeRecord node) {
    std::lock_guard lock(mutex_);
    node.last_seen = now_;
    nodes_[node.id] = std::move(node);
  }
  std::map<std::string, NodeRecord> nodes() const {
    std::lock_guard lock(mutex_);
    return nodes_;
  }
  std::vector<std::string> calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  int announced() const {  ///< that took effect
    std::lock_guard lock(mutex_);
    return announced_;
  }

 private:
  void note(std::string call) {
    std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }
  void check() const {
    if (away_) throw Unavailable(Unavailable::Why::network, "the test's store", "away");
  }

  mutable std::mutex mutex_;
  UnixMs now_{Millis{1'700'000'000'000}};
  bool away_ = false;
  int announced_ = 0;
  std::map<std::string, NodeRecord> nodes_;
  std::vector<std::string> calls_;
};

}  // namespace flotilla::cluster::test
