#pragma once

#include <vector>

#include "cluster/signal/signal_log.hpp"

namespace flotilla::cluster {

/// Follows one channel: from what was read it concludes what to deliver, and whether something is missing.
/// Pure.
class SignalFollower {
 public:
  struct Decision {
    bool reload = false;          ///< before `deliver`: what came in between is not known
    std::vector<Signal> deliver;  ///< in order, each once
  };

  /// `start`: where the channel ended when the reader joined. What was before is none of its business.
  explicit SignalFollower(SignalPosition start) : position_(std::move(start)) {}

  /// A gap, another epoch, or a channel that ends before our position (it lost signals and will give their
  /// numbers to others) means reload. Signals that were seen already, or that the reload covers as they are
  /// of another epoch, are left out.
  Decision follow(SignalBatch batch);
  const SignalPosition& position() const { return position_; }

 private:
  SignalPosition position_;
};

}  // namespace flotilla::cluster
