#pragma once

#include <span>
#include <string>
#include <vector>

#include "adapters/sql/change.hpp"
#include "adapters/sql/flavour.hpp"
#include "adapters/sql/sql_queue_rows.hpp"
#include "cluster/queue/message.hpp"

namespace flotilla::sql {

/// What SqlQueue says to the database. Pure.
///
/// flotilla_queue holds what waits and runs. `place` tells which (see Place) and `at_ms` is, for a ready
/// message, when it became ready, for a delayed one when it will, for a taken one the end of its lease; so
/// one index finds the next message, what is due and what has lapsed. `ready_at` keeps the first of the
/// three. `delivery` rises whenever somebody is given the message or loses it.
class QueueStatements {
 public:
  using Fragment = data::Fragment;
  using Messages = std::span<const cluster::QueueMessage* const>;

  QueueStatements(const Flavour& flavour, const Clock& clock) : flavour_(flavour), clock_(clock) {}

  /// Touches one row when the key is free, and takes it for the message.
  Upsert take_key(const cluster::QueueMessage& message) const;
  /// Keys that no longer keep anything away; some of them at a time.
  Change drop_old_keys() const;
  /// Answers the id of those that were not there, or, when !insert_tells(), only counts them. At most
  /// insert_max() messages; few sizes make few statements.
  Fragment insert(Messages messages) const;
  bool insert_tells() const { return flavour_.returns(); }
  Fragment there_already(Messages messages) const;  ///< id
  /// How many of `count` messages the next insert() should take.
  std::size_t insert_max(std::size_t count) const;

  /// One row: the first ready message's place, the first due time, the first and the last end of a lease
  /// (each null when there is none), the time.
  Fragment outlook(const std::string& channel) const;
  /// Makes messages ready whose time has come.
  Change release_delayed(const std::string& channel) const;
  /// Makes messages ready whose lease has lapsed, unless that happened too often.
  Change release_lapsed(const std::string& channel) const;
  /// Removes those with which it happened too often: columns of remains().
  Change remove_hopeless(const std::string& channel) const;
  /// Said first by those that only take or prolong leases: when the server forgets that in a crash, the
  /// messages are given to somebody again. May be empty.
  Fragment lease_only() const { return flavour_.not_durable(); }
  /// seq, delivery, retried, abandoned, ready_at and the message's columns, in no order. `step`: how far the
  /// deliveries' numbers rise; not always the same, so that a delivery that the server forgot in a crash does
  /// not have the number of the one after it.
  Change take(const std::string& channel, std::size_t max, cluster::Millis lease, std::int64_t step) const;

  // For deliveries whose lease has not lapsed.
  Fragment remove(const std::vector<Receipt>& receipts) const;
  Fragment put_back(const Receipt& receipt, cluster::Millis after) const;
  Change remove_dead(const Receipt& receipt) const;  ///< columns of remains()
  Change prolong(const std::vector<Receipt>& receipts, cluster::Millis lease) const;  ///< seq, delivery

  /// `remains`: retried, delivery and the message's columns in that row.
  Fragment bury(const data::Rows& remains, std::size_t row, const std::string& reason) const;
  Fragment count_dead(const std::string& channel) const;
  /// One row: how many are ready, delayed, worked on and dead, each counted up to kCountMax; since when the
  /// first one is ready of high, normal and low priority, and the first of those that are worked on (each
  /// null when there is none); the time.
  Fragment depth(const std::string& channel) const;
  static constexpr std::int64_t kCountMax = 100'000;
  /// reason, retried, died_at and the message's columns.
  Fragment list_dead(const std::string& channel, std::size_t offset, std::size_t limit) const;
  /// The number of the newest; null when there is none.
  Fragment last_dead(const std::string& channel) const;
  /// seq of some of those up to `last`, of `ids` only when there are any.
  Fragment pick_dead(const std::string& channel, std::int64_t last,
                     const std::vector<std::string>& ids) const;
  Fragment revive(const std::vector<std::int64_t>& numbers) const;
  Fragment forget_dead(const std::vector<std::int64_t>& numbers) const;

 private:
  Fragment now() const { return flavour_.now(clock_); }
  Fragment insert_records(Messages messages) const;
  Fragment lapsed() const;
  Change release(const Fragment& picked, std::string_view set) const;
  Fragment held(const std::vector<Receipt>& receipts) const;

  const Flavour& flavour_;
  const Clock& clock_;
};

}  // namespace flotilla::sql
