#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/sql/change.hpp"
#include "adapters/sql/flavour.hpp"
#include "cluster/time.hpp"

namespace flotilla::sql {

/// What SqlOutbox says to the database. Pure.
///
/// flotilla_outbox holds what was not sent yet; its rows are removed soon, so its own numbering finds the
/// next ones. A message is held by the relay that took the row, until `taken_until`; a signal by the one that
/// took its channel's row in flotilla_outbox_lanes, so that one relay at a time sends a channel.
class OutboxStatements {
 public:
  using Fragment = data::Fragment;
  enum class Kind : std::int64_t { message = 0, signal = 1 };

  OutboxStatements(const Flavour& flavour, const Clock& clock) : flavour_(flavour), clock_(clock) {}

  Fragment insert(Kind kind, const std::string& channel, const std::string& payload) const;
  /// Said first by those that only take: when the server forgets that in a crash, somebody takes again. May
  /// be empty.
  Fragment lease_only() const { return flavour_.not_durable(); }
  Fragment any_message(cluster::Millis lease) const;  ///< a row when one can be taken
  /// seq, payload; in no order.
  Change take_messages(std::size_t max, cluster::Millis lease) const;
  Fragment give_back(const std::vector<std::int64_t>& numbers) const;

  Fragment pending() const;                             ///< how many rows there are, up to a limit
  Fragment channels_of_signals(std::size_t max) const;  ///< channel
  /// Touches one row when the lane is free, or held by `holder` already.
  Upsert take_lane(const std::string& channel, const std::string& holder, cluster::Millis lease) const;
  Fragment leave_lane(const std::string& channel, const std::string& holder) const;
  Fragment signals(const std::string& channel, std::size_t max) const;  ///< seq, payload; in order

  Fragment remove(const std::vector<std::int64_t>& numbers) const;
  /// Copies the row to where nobody takes it; remove() follows.
  Fragment keep_refused(std::int64_t number, const std::string& reason) const;

 private:
  Fragment now() const { return flavour_.now(clock_); }
  Fragment free(cluster::Millis lease) const;
  Fragment among(const std::vector<std::int64_t>& numbers) const { return flavour_.among("seq", numbers); }

  const Flavour& flavour_;
  const Clock& clock_;
};

}  // namespace flotilla::sql
