#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cluster/schedule/firing_store.hpp"
#include "cluster/unavailable.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::cluster::test {

/// Coroutines wait here until it is opened.
class Gate {
 public:
  void open() {
    {
      std::lock_guard lock(mutex_);
      open_ = true;
    }
    wakeup_.notify();
  }
  Task<void> pass() {
    for (;;) {
      const Wakeup::Version seen = wakeup_.version();
      {
        std::lock_guard lock(mutex_);
        if (open_) co_return;
      }
      co_await wakeup_.wait(seen, std::chrono::seconds(60));
    }
  }

 private:
  std::mutex mutex_;
  bool open_ = false;
  Wakeup wakeup_;
};

/// The firings of a fleet, in memory, which can be away, slow, or lose its answers.
class FakeFirings final : public FiringStore {
 public:
  struct Fired {
    std::string job;
    UnixMs due;
    std::string channel, body;
  };

  Task<bool> fire(std::string job, UnixMs due, std::string channel, std::string body) override {
    const auto hold = note(attempts_, job);
    if (hold) co_await hold->pass();
    std::lock_guard lock(mutex_);
    check(job);
    const bool won = done_.emplace(job, due).second;
    if (won) fired_.push_back({job, due, channel, body});
    if (lost_answers_ > 0 && lost_answers_--)
      throw Unavailable(Unavailable::Why::timeout, "the test's store", "the answer was lost");
    co_return won;
  }
  Task<UnixMs> last_fired(std::string job) override {
    const auto hold = note(reads_, job);
    if (hold) co_await hold->pass();
    std::lock_guard lock(mutex_);
    check(job);
    UnixMs last{};
    for (const auto& [name, due] : done_)
      if (name == job) last = std::max(last, due);
    co_return last;
  }

  /// As another node, or an earlier life of the fleet, has done.
  void has_fired(const std::string& job, UnixMs due) {
    std::lock_guard lock(mutex_);
    done_.emplace(job, due);
  }
  /// Calls about the job fail; about every job when it is empty.
  void take_away(const std::string& job = "") {
    std::lock_guard lock(mutex_);
    away_.insert(job);
  }
  void bring_back() {
    std::lock_guard lock(mutex_);
    away_.clear();
  }
  void lose_answers(int count) {
    std::lock_guard lock(mutex_);
    lost_answers_ = count;
  }
  /// The next call about the job waits at the gate before it does anything.
  void hold_next(const std::string& job, std::shared_ptr<Gate> gate) {
    std::lock_guard lock(mutex_);
    held_[job] = std::move(gate);
  }

  std::vector<Fired> fired() const {
    std::lock_guard lock(mutex_);
    return fired_;
  }
  std::vector<UnixMs> dues(const std::string& job) const {
    std::vector<UnixMs> out;
    for (const Fired& one : fired())
      if (one.job == job) out.push_back(one.due);
    return out;
  }
  int attempts(const std::string& job) const { return count(attempts_, job); }
  int reads(const std::string& job) const { return count(reads_, job); }

 private:
  using Counts = std::map<std::string, int>;

  std::shared_ptr<Gate> note(Counts& counts, const std::string& job) {
    std::lock_guard lock(mutex_);
    ++counts[job];
    const auto found = held_.find(job);
    if (found == held_.end()) return nullptr;
    const std::shared_ptr<Gate> gate = found->second;
    held_.erase(found);
    return gate;
  }
  void check(const std::string& job) const {
    if (away_.contains("") || away_.contains(job))
      throw Unavailable(Unavailable::Why::network, "the test's store", "away");
  }
  int count(const Counts& counts, const std::string& job) const {
    std::lock_guard lock(mutex_);
    const auto found = counts.find(job);
    return found == counts.end() ? 0 : found->second;
  }

  mutable std::mutex mutex_;
  std::set<std::pair<std::string, UnixMs>> done_;
  std::vector<Fired> fired_;
  std::set<std::string> away_;
  std::map<std::string, std::shared_ptr<Gate>> held_;
  Counts attempts_, reads_;
  int lost_answers_ = 0;
};

}  // namespace flotilla::cluster::test
