#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/queue/queue_backend.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::cluster {

/// The attempts that one consumer makes: which run, which are late, whose lease is to be renewed. Pure: it is
/// told the time. Used by one thread at a time.
///
/// An attempt is late after its message's timeout: its cancellation is asked for, and when it ends it has
/// failed. One that does not end within kStuckAfter of that is given up: its lease is no longer renewed, so
/// that the message goes to somebody else, and what it says at its end does not count. It keeps its slot,
/// because it still runs.
class Attempts {
 public:
  static constexpr Millis kStuckAfter{30'000};

  struct Running {
    Delivery delivery;
    Cancellation cancel;
    Monotonic late_at{};
    bool late = false;
    bool lost = false;  ///< the message is not ours any more
  };
  using Id = std::uint64_t;

  Id begin(Delivery delivery, Monotonic now);
  /// The attempt ended. Empty when its message is no longer ours: then nothing is settled.
  std::optional<Running> end(Id id);
  Running& at(Id id) { return running_.at(id); }
  std::size_t size() const { return running_.size(); }

  /// Marks what is late now and answers it.
  std::vector<Cancellation> late(Monotonic now);
  /// When the next one will be; empty when none will.
  std::optional<Monotonic> next_late() const;
  /// Those whose leases should be prolonged, with their receipts.
  std::vector<std::pair<Id, std::string>> to_renew(Monotonic now) const;
  /// The backend says that the lease is over.
  std::optional<Cancellation> lose(Id id);
  std::vector<Cancellation> all() const;

 private:
  Id next_ = 1;
  std::map<Id, Running> running_;
  std::multimap<Monotonic, Id> deadlines_;
};

}  // namespace flotilla::cluster
