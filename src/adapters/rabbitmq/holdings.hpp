#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "adapters/rabbitmq/codec.hpp"
#include "cluster/time.hpp"

namespace flotilla::rabbitmq {

/// What one connection has got from the broker and not settled: messages that wait for a claim, by band and
/// in the order they came, and claimed ones with their leases. No I/O and no clock; one thread.
class Holdings {
 public:
  using Tag = std::uint64_t;  ///< the broker's delivery tag

  void clear();
  /// Nobody has claimed it yet. Its band is the priority in the envelope.
  void add(Tag tag, Envelope envelope, cluster::Monotonic now);
  /// Null when it is not held.
  Envelope* find(Tag tag);
  void erase(Tag tag);

  /// The one of the band that has waited longest.
  std::optional<Tag> next(cluster::Priority band) const;
  std::vector<Tag> unclaimed(cluster::Priority band) const;
  std::size_t waiting(cluster::Priority band) const;
  bool any_unclaimed() const;
  /// Since when the oldest one of the band waits.
  std::optional<cluster::Monotonic> waiting_since(cluster::Priority band) const;

  /// Or prolongs the lease.
  void claim(Tag tag, cluster::Monotonic lease_end);
  /// Null unless it is claimed and its lease has not lapsed.
  Envelope* claimed(Tag tag, cluster::Monotonic now);
  /// How many of those that were added since the last mark() are claimed.
  std::size_t claimed_since_mark() const { return claimed_since_mark_; }
  void mark();
  std::vector<Tag> lapsed(cluster::Monotonic now);
  /// No lease ends before; max() when there is none.
  cluster::Monotonic next_lapse() const { return next_lapse_; }

  /// The greatest tag for which it and everything older that is held satisfies `done`; 0: there is none.
  Tag oldest_run(const std::function<bool(Tag)>& done) const;

 private:
  struct Held {
    Envelope envelope;
    cluster::Monotonic came{};
    std::optional<cluster::Monotonic> lease_end = {};  ///< of a claimed one
  };

  void leave_line(const Held& held, Tag tag);

  std::map<Tag, Held> held_;
  std::array<std::deque<Tag>, 3> lines_;  ///< unclaimed, by priority
  Tag newest_ = 0, mark_ = 0;
  std::size_t claimed_since_mark_ = 0;
  /// A lower bound, so that a message that is claimed and settled costs no search.
  cluster::Monotonic next_lapse_ = cluster::Monotonic::max();
};

}  // namespace flotilla::rabbitmq
