#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "cluster/time.hpp"

namespace flotilla::cluster {

/// How a relay sends the rows it holds: in order, as many at a time as the receiver takes, and around those
/// that it refuses. A call that is refused is made again for half of its rows, until the one that spoils it
/// is alone and is put aside. A receiver that is down ends the batch, and so does a lease that comes to its
/// end: what was not sent then is somebody else's. Pure; not thread-safe.
class RelayBatch {
 public:
  enum class Outcome {
    sent,
    refused,  ///< the receiver will never take it
    down,     ///< the receiver cannot take anything now; what it took of this call is unknown
  };
  struct Range {
    std::size_t from = 0;
    std::size_t count = 0;
    bool operator==(const Range&) const = default;
  };

  /// `rows` that are held until `held_until`, at most `at_once` of them in a call.
  RelayBatch(std::size_t rows, std::size_t at_once, Monotonic held_until);

  /// What to send now; empty when the batch is over.
  std::optional<Range> next(Monotonic now) const;
  /// How sending the range that next() gave has ended.
  void ended(Outcome outcome);

  const std::vector<std::size_t>& sent() const { return sent_; }
  const std::vector<std::size_t>& refused() const { return refused_; }
  bool down() const { return down_; }

 private:
  std::size_t count() const;

  const std::size_t rows_;
  const std::size_t at_once_;
  const Monotonic held_until_;
  std::size_t from_ = 0;
  std::size_t limit_;
  bool down_ = false;
  std::vector<std::size_t> sent_, refused_;
};

}  // namespace flotilla::cluster
