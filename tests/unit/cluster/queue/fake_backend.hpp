#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cluster/queue/queue_backend.hpp"
#include "cluster/unavailable.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::cluster::test {

/// A queue in memory that does what it is told to, and remembers what was asked of it. Leases lapse only when
/// a test says so. Thread-safe.
class FakeBackend final : public QueueBackend {
  template <class F>
  auto locked(F body) const {
    std::lock_guard lock(mutex_);
    return body();
  }

 public:
  struct Settled {
    std::string id;
    std::string how;  ///< "done", "retry", "dead: REASON"
    bool operator==(const Settled&) const = default;
  };

  Task<std::vector<bool>> publish(std::vector<QueueMessage> messages) override {
    std::vector<bool> taken;
    {
      std::lock_guard lock(mutex_);
      fail_if(down_);
      for (QueueMessage& message : messages) {
        const bool fresh = !message.options.dedup_key || keys_.insert(*message.options.dedup_key).second;
        taken.push_back(fresh);
        if (fresh) waiting_[message.channel].push_back({std::move(message), 0, 0, ""});
      }
    }
    came_.notify();
    co_return taken;
  }

  Task<std::vector<Delivery>> claim(std::string channel, std::size_t max, Millis lease,
                                    Millis wait) override {
    const auto until = std::chrono::steady_clock::now() + wait;
    for (;;) {
      const Wakeup::Version seen = came_.version();
      {
        std::lock_guard lock(mutex_);
        ++claims_;
        most_asked_ = std::max(most_asked_, max);
        fail_if(down_);
        std::vector<Delivery> out;
        std::deque<Delivery>& all = waiting_[channel];
        for (; out.size() < max && !all.empty(); all.pop_front()) {
          out.push_back(std::move(all.front()));
          out.back().receipt = "r" + std::to_string(++receipts_);
          held_[out.back().receipt] = out.back();
        }
        if (!out.empty()) co_return out;
      }
      const auto left = std::chrono::ceil<Millis>(until - std::chrono::steady_clock::now());
      if (left <= Millis{0}) co_return std::vector<Delivery>{};
      co_await came_.wait(seen, left);
    }
  }

  Task<void> settle(std::vector<Settlement> settlements) override {
    {
      std::lock_guard lock(mutex_);
      ++settles_;
      fail_if(down_ || settle_down_);
      for (const Settlement& one : settlements) {
        const auto found = held_.find(one.receipt);
        if (found == held_.end()) continue;
        Delivery delivery = std::move(found->second);
        held_.erase(found);
        const std::string id = delivery.message.body;
        if (std::holds_alternative<Settlement::Done>(one.outcome)) {
          settled_.push_back({id, "done"});
        } else if (const auto* dead = std::get_if<Settlement::Dead>(&one.outcome)) {
          settled_.push_back({id, "dead: " + dead->reason});
          dead_.push_back({delivery.message, dead->reason, delivery.retried, UnixMs{}});
        } else {
          settled_.push_back({id, "retry"});
          ++delivery.retried;
          waiting_[one.channel].push_back(std::move(delivery));
        }
      }
    }
    came_.notify();
    co_return;
  }

  Task<std::vector<bool>> renew(std::string, std::vector<std::string> receipts, Millis) override {
    std::lock_guard lock(mutex_);
    ++renewals_;
    fail_if(down_);
    std::vector<bool> out;
    for (const std::string& receipt : receipts) out.push_back(held_.contains(receipt));
    co_return out;
  }

  Task<DeadLetterPage> dead_letters(std::string, std::size_t, std::size_t) override {
    std::lock_guard lock(mutex_);
    co_return DeadLetterPage{dead_, static_cast<std::int64_t>(dead_.size())};
  }
  Task<Depth> depth(std::string channel) override {
    std::lock_guard lock(mutex_);
    fail_if(down_);
    co_return Depth{.ready = static_cast<std::int64_t>(waiting_[channel].size()),
                    .delayed = {},
                    .running = static_cast<std::int64_t>(held_.size()),
                    .dead = static_cast<std::int64_t>(dead_.size()),
                    .oldest = {}};
  }
  Task<std::int64_t> replay(std::string, std::vector<std::string>) override { co_return 0; }

  // For tests.
  void go_down(bool down) {
    locked([&] { down_ = down; });
  }
  void refuse_settlements(bool refuse) {
    locked([&] { settle_down_ = refuse; });
  }
  /// The lease of all that is held lapses.
  void lapse() {
    locked([&] { held_.clear(); });
  }
  std::vector<Settled> settled() const {
    return locked([&] { return settled_; });
  }
  std::size_t waiting(const std::string& channel) {
    return locked([&] { return waiting_[channel].size(); });
  }
  std::size_t held() const {
    return locked([&] { return held_.size(); });
  }
  int claims() const {
    return locked([&] { return claims_; });
  }
  int settles() const {
    return locked([&] { return settles_; });
  }
  int renewals() const {
    return locked([&] { return renewals_; });
  }
  std::size_t most_asked() const {
    return locked([&] { return most_asked_; });
  }

 private:
  static void fail_if(bool down) {
    if (down) throw Unavailable(Unavailable::Why::network, "the fake", "it is down");
  }

  mutable std::mutex mutex_;
  Wakeup came_;
  std::map<std::string, std::deque<Delivery>> waiting_;
  std::map<std::string, Delivery> held_;
  std::set<std::string> keys_;
  std::vector<DeadLetter> dead_;
  std::vector<Settled> settled_;
  bool down_ = false, settle_down_ = false;
  int claims_ = 0, settles_ = 0, renewals_ = 0, receipts_ = 0;
  std::size_t most_asked_ = 0;
};

}  // namespace flotilla::cluster::test
