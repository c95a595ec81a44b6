#pragma once

#include "base/random.hpp"
#include "cluster/queue/queue_backend.hpp"

namespace flotilla::cluster {

/// What becomes of a message whose attempt failed: exponential back-off with full jitter (M. Brooker,
/// "Exponential Backoff And Jitter", AWS 2015) until its retries are used up. Pure but for the randomness it
/// is given.
class RetryPolicy {
 public:
  /// `first` is the longest pause before the first retry; it doubles with each up to `longest`.
  RetryPolicy(Millis first, Millis longest) : first_(first), longest_(longest) {}

  /// Half of the pause is fixed, so that a message never spins.
  Millis pause(int retried, Random& random) const;
  std::variant<Settlement::Done, Settlement::Retry, Settlement::Dead> after_failure(const Delivery& delivery,
                                                                                    std::string reason,
                                                                                    Random& random) const;

 private:
  Millis first_, longest_;
};

}  // namespace flotilla::cluster
