#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <unordered_set>
#include <utility>

#include "adapters/server/health.hpp"
#include "adapters/server/waiting_line.hpp"

namespace flotilla::server {

struct PoolLimits {
  std::size_t max = 10;  ///< connections
  std::size_t min = 1;   ///< stay open when idle
  std::size_t max_waiting = 10'000;
  std::chrono::milliseconds acquire_timeout{10'000};  ///< for a free connection, then SqlError::busy
  std::chrono::milliseconds reply_timeout{60'000};    ///< silent for longer: given up as lost. 0: never
  std::chrono::milliseconds idle_timeout{60'000};     ///< idle for longer: closed
};

/// Connections each of which belongs to one user at a time. Made when they are needed, closed when they are
/// idle for long. Used on one event loop.
///
/// A Link has broken(), alive() (looks whether an idle one ended meanwhile), silent_for(now), patient() (the
/// statement under way may take as long as it needs) and close(why).
template <class Link>
class ExclusivePool {
 public:
  using Clock = std::chrono::steady_clock;
  using SqlError = data::SqlError;
  using Shared = std::shared_ptr<Link>;
  /// Throws SqlError.
  using Dial = std::function<Task<Shared>()>;

  /// `health` outlives it.
  ExclusivePool(const PoolLimits& limits, Health& health, Dial dial)
      : limits_(limits), health_(health), dial_(std::move(dial)), line_(limits.max_waiting) {
    health_.on_down([this](const SqlError& why) { line_.fail(why); });
  }

  /// Throws SqlError: unavailable while the database is down or cannot be connected to, busy when none
  /// becomes free within acquire_timeout.
  Task<Shared> acquire() {
    const Clock::time_point deadline = Clock::now() + limits_.acquire_timeout;
    for (bool woken = false;; woken = true) {
      if (closed_) throw SqlError(SqlError::Kind::unavailable, "the database is closing");
      if (health_.why_down()) throw *health_.why_down();
      // A newcomer does not overtake those who wait.
      if (woken || line_.empty()) {
        if (Shared link = take_idle()) co_return link;
        if (total_ < limits_.max) co_return co_await open();
      }
      Shared given = co_await line_.wait(deadline, woken);
      if (given && !given->broken()) co_return given;
      if (given) release(given);
    }
  }

  /// Not in a transaction any more, or broken.
  void release(const Shared& link) {
    used_.erase(link);
    if (link->broken()) return gone();
    if (closed_) {
      link->close("the database is closing");
      return gone();
    }
    if (line_.empty()) {
      idle_.push_back({link, Clock::now()});
    } else {
      used_.insert(link);
      line_.give(link);
    }
  }

  /// An idle connection was lost; one in use is told by release().
  void forget(const Link* link) {
    auto at = std::ranges::find_if(idle_, [&](const Idle& idle) { return idle.link.get() == link; });
    if (at == idle_.end()) return;
    idle_.erase(at);
    gone();
  }

  void sweep(Clock::time_point now) {
    line_.expire(now);
    while (total_ > limits_.min && !idle_.empty() && now - idle_.front().since > limits_.idle_timeout) {
      const Shared link = std::move(idle_.front().link);
      idle_.pop_front();
      --total_;
      link->close("it was idle");
    }
    if (limits_.reply_timeout.count() == 0) return;
    for (const Shared& link : used_)
      if (!link->patient() && link->silent_for(now) > limits_.reply_timeout)
        link->close("it did not answer in time");
  }

  data::PoolState state(std::string_view name) const {
    return {name, limits_.max, idle_.size() + used_.size(), used_.size()};
  }

  /// Ends what is under way.
  void close() {
    closed_ = true;
    line_.fail(SqlError(SqlError::Kind::unavailable, "the database is closing"));
    for (const Idle& idle : std::exchange(idle_, {})) {
      --total_;
      idle.link->close("the database is closing");
    }
    for (const Shared& link : used_) link->close("the database is closing");
  }

 private:
  struct Idle {
    Shared link;
    Clock::time_point since;
  };

  Shared take_idle() {
    while (!idle_.empty()) {
      Shared link = std::move(idle_.back().link);
      idle_.pop_back();
      if (link->alive()) {
        used_.insert(link);
        return link;
      }
      --total_;
    }
    return nullptr;
  }

  Task<Shared> open() {
    ++total_;
    Shared link;
    try {
      link = co_await dial_();
    } catch (...) {
      gone();
      throw;
    }
    used_.insert(link);
    if (closed_) link->close("the database is closing");
    co_return link;
  }

  /// There is room for one more.
  void gone() {
    --total_;
    line_.give(nullptr);
  }

  const PoolLimits limits_;
  Health& health_;
  const Dial dial_;
  std::list<Idle> idle_;  ///< most recently used last
  std::unordered_set<Shared> used_;
  std::size_t total_ = 0;  ///< idle, used and being made
  WaitingLine<Link> line_;
  bool closed_ = false;
};

}  // namespace flotilla::server
