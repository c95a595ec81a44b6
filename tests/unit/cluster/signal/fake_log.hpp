#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "cluster/signal/signal_log.hpp"
#include "cluster/unavailable.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::cluster::test {

/// A log in memory that can be down, be trimmed, lose its history, and hold its answers back. Thread-safe.
class FakeLog final : public SignalLog {
  template <class F>
  auto locked(F body) const {
    std::lock_guard lock(mutex_);
    return body();
  }

 public:
  Task<SignalPosition> append(std::string channel, std::string body) override {
    SignalPosition at;
    {
      std::lock_guard lock(mutex_);
      fail_if_down();
      Channel& own = channels_[channel];
      at = {epoch_, ++own.last};
      own.signals.push_back({at, std::move(body)});
    }
    moved_.notify();
    co_return at;
  }
  Task<SignalPosition> newest(std::string channel) override {
    std::lock_guard lock(mutex_);
    fail_if_down();
    co_return SignalPosition{epoch_, channels_[channel].last};
  }
  Task<std::vector<SignalBatch>> read(std::vector<Cursor> cursors, Millis wait) override {
    const auto until = std::chrono::steady_clock::now() + wait;
    for (;;) {
      const Wakeup::Version seen = moved_.version();
      std::vector<SignalBatch> out = look(cursors);
      const auto left = std::chrono::ceil<Millis>(until - std::chrono::steady_clock::now());
      if (!out.empty() || left <= Millis{0}) {
        while (locked([&] { return held_back_; })) co_await moved_.wait(moved_.version(), Millis{1});
        co_return out;
      }
      co_await moved_.wait(seen, left);
    }
  }

  // For tests.
  void go_down(bool down) {
    change([&] { down_ = down; });
  }
  /// Answers of reads are not given while it is true; what they hold is as old as the read.
  void hold_back(bool hold) {
    change([&] { held_back_ = hold; });
  }
  void trim(const std::string& channel) {
    change([&] { channels_[channel].signals.clear(); });
  }
  void lose_everything(const std::string& new_epoch) {
    change([&] {
      channels_.clear();
      epoch_ = new_epoch;
    });
  }
  int reads() const {
    return locked([&] { return reads_; });
  }
  std::string last_body(const std::string& channel) {
    return locked([&] { return channels_[channel].signals.back().body; });
  }

 private:
  struct Channel {
    std::uint64_t last = 0;
    std::vector<Signal> signals;
  };
  std::vector<SignalBatch> look(const std::vector<Cursor>& cursors) {
    std::lock_guard lock(mutex_);
    ++reads_;
    fail_if_down();
    std::vector<SignalBatch> out;
    for (const Cursor& cursor : cursors) {
      const Channel& own = channels_[cursor.channel];
      SignalBatch batch{cursor.channel, {}, {epoch_, own.last}};
      if (batch.newest == cursor.after) continue;
      for (const Signal& signal : own.signals)
        if (cursor.after.epoch != epoch_ || signal.position.number > cursor.after.number)
          batch.signals.push_back(signal);
      out.push_back(std::move(batch));
    }
    return out;
  }
  template <class F>
  void change(F body) {
    locked([&] {
      body();
      return 0;
    });
    moved_.notify();
  }
  void fail_if_down() const {
    if (down_) throw Unavailable(Unavailable::Why::network, "the fake", "it is down");
  }

  mutable std::mutex mutex_;
  Wakeup moved_;
  std::string epoch_ = "first";
  std::map<std::string, Channel> channels_;
  bool down_ = false, held_back_ = false;
  int reads_ = 0;
};

}  // namespace flotilla::cluster::test
