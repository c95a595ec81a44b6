#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "api/admission/limit_control.hpp"

namespace flotilla::api {

/// Decides which requests are worked on, which wait and which are refused. Pure: it is told the time and
/// answers tickets; used by one thread at a time.
///
/// Up to a limit that adapts (LimitControl) requests begin at once. Beyond it they wait in line by *flows*,
/// one for each user: the next to begin is of the flow that has had the least (start-time fair queueing,
/// Goyal and others 1996), counted in the time its requests took. A flow gets at most three quarters of the
/// places, so that one whose requests last long leaves room. How long a request may wait is CoDel's way
/// (Nichols and Jacobson 2012, as in Maurer, "Fail at Scale", 2015): a burst may wait an interval; in a line
/// that has not been empty for that long only the target, or as long as a request takes if that is longer. A
/// full line gives up the newest request of the flow that has the most in it.
class Admission {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  using Duration = std::chrono::nanoseconds;
  using Ticket = std::uint64_t;
  using FlowKey = std::uint64_t;

  struct Options {
    LimitControl::Options limit = {};
    Duration interval{std::chrono::milliseconds(100)};
    std::size_t waiting_max = 1'000;
  };

  /// What a request that begins has to bring back to leave().
  struct Running {
    FlowKey flow = 0;
    Time began{};
    Duration charged{};  ///< to its flow
  };
  enum class Verdict { begin, wait, refuse };
  struct Entered {
    Verdict verdict{};
    Running running{};                  ///< begin
    Ticket ticket = 0;                  ///< wait
    std::vector<Ticket> given_up = {};  ///< others that are refused in its stead
  };
  struct Begun {
    Ticket ticket = 0;
    Running running;
    Duration waited{};
  };

  explicit Admission(const Options& options) : options_(options), control_(options.limit) {}

  /// `size`: how much larger than an ordinary one the request looks; 1 or more.
  Entered enter(FlowKey flow, double size, Time now);
  void leave(const Running& running, Time now);
  /// Those that begin now.
  std::vector<Begun> begin_next(Time now);
  /// Those that have waited too long, to be refused.
  std::vector<Ticket> expire(Time now);
  /// Once an interval; `delay` as LimitControl has it.
  void adapt(Duration delay, Time now);
  /// A waiting request has gone away.
  void forget(Ticket ticket);

  bool is_due(Time now) const { return now - adapted_at_ >= options_.interval; }
  int running() const { return running_; }
  int limit() const { return control_.limit(); }
  std::size_t waiting() const { return waiting_; }
  /// How long a request may wait now.
  Duration patience(Time now) const;

 private:
  struct Waiter {
    Ticket ticket;
    Time since;
    Duration charge;
  };
  struct Flow {
    Duration had{};  ///< virtual time up to which it has been served
    std::deque<Waiter> line;
  };
  using Flows = std::map<FlowKey, Flow>;
  static constexpr std::size_t kSlots = 512;

  int& running_of(FlowKey flow) { return running_by_slot_[flow % kSlots]; }
  int cap() const;
  Running start(FlowKey flow, Duration charge, Time now);
  Flows::iterator next_flow();
  bool give_up_one(FlowKey newcomer, std::vector<Ticket>& given_up);
  void drop_empty(Flows::iterator flow);

  const Options options_;
  LimitControl control_;
  Flows flows_;  ///< those with a line, or that are ahead of the others
  /// Flows share a place when their keys do; then they share what one flow may have.
  std::array<int, kSlots> running_by_slot_{};
  int running_ = 0;
  int most_ = 0;  ///< since the last adapt()
  bool wanted_ = false;
  std::size_t waiting_ = 0;
  Ticket tickets_ = 0;
  Duration virtual_time_{};
  Duration usual_{std::chrono::milliseconds(5)};  ///< moving average of how long a request takes
  Time adapted_at_{};
  Time empty_at_{};  ///< the line was empty last
};

}  // namespace flotilla::api
