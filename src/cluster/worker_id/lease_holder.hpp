#pragma once

#include <optional>

#include "cluster/worker_id/worker_id_store.hpp"

namespace flotilla::cluster {

/// What a node does about its worker id. Pure: it is told what happened and the time, and answers what to do
/// next.
class LeaseHolder {
 public:
  enum class Do {
    acquire,  ///< ask for a place
    renew,    ///< prolong the one that is held
    wait,     ///< until `at`
  };
  struct Step {
    Do what = Do::acquire;
    Monotonic at{};
  };

  LeaseHolder(Millis lease, Millis margin) : lease_(lease), margin_(margin) {}

  Step next(Monotonic now) const;
  // What came of a step. `asked_at`: before the store was asked.
  void granted(int worker, Monotonic asked_at);
  void refused(Monotonic now, Millis retry_after);  ///< no place, for now
  void renewed(Monotonic asked_at);
  void lost();                      ///< somebody else has it
  void unreachable(Monotonic now);  ///< asked, and not answered

  std::optional<int> worker() const { return worker_; }
  /// Ids may be made before it.
  Monotonic believed_until() const { return believed_until_; }

 private:
  static constexpr Millis kTryAgain{200};

  Millis lease_, margin_;
  std::optional<int> worker_;
  Monotonic believed_until_{};
  Monotonic next_at_{};
};

}  // namespace flotilla::cluster
