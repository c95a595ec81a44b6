#pragma once

#include "cluster/time.hpp"

namespace flotilla::cluster {

/// When a relay looks again. Pure; not thread-safe.
class RelayPace {
 public:
  struct Timing {
    Millis poll{1'000};   ///< for what other nodes left; what this node writes wakes the relay
    Millis elsewhere{5};  ///< while another relay holds what this one would send
    Millis backoff_min{20}, backoff_max{1'000};
  };
  enum class Round {
    idle,       ///< nothing was there
    worked,     ///< something went out: there may be more
    elsewhere,  ///< what is there is in other hands
    failed,     ///< the receiver or the database is down
  };

  explicit RelayPace(Timing timing) : timing_(timing) {}

  /// How long to wait after a round; zero: not at all. `random` is between 0 and 1: nodes that failed
  /// together do not come back together.
  Millis after(Round round, double random);
  /// False after a failure: then the whole wait counts, whoever wakes the relay.
  bool may_be_woken() const { return backoff_ == Millis{0}; }

 private:
  const Timing timing_;
  Millis backoff_{0};
};

}  // namespace flotilla::cluster
