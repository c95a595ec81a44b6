#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "adapters/sql/change.hpp"
#include "adapters/sql/flavour.hpp"
#include "cluster/time.hpp"

namespace flotilla::sql {

/// What SqlSignalLog says to the database. Pure.
class SignalStatements {
 public:
  using Fragment = data::Fragment;

  SignalStatements(const Flavour& flavour, const Clock& clock) : flavour_(flavour), clock_(clock) {}

  /// The next `count` numbers: epoch, last_number; no row when there is no such channel.
  Change advance(const std::string& channel, std::int64_t count) const;
  /// The bodies, numbered from `number`.
  Fragment insert(const std::string& channel, std::int64_t number, std::span<const std::string> bodies) const;
  /// An empty channel, unless it is there.
  Fragment create(const std::string& channel, const std::string& epoch) const;

  Fragment ends(const std::vector<std::string>& channels) const;  ///< channel, epoch, last_number
  /// number, body; those after `after` up to `last`, in order.
  Fragment between(const std::string& channel, std::int64_t after, std::int64_t last, std::int64_t max) const;

  /// number, and 1 when it is older than `age`, of the oldest ones up to `last`, in order.
  Fragment oldest(const std::string& channel, std::int64_t last, cluster::Millis age, std::int64_t max) const;
  Fragment remove(const std::string& channel, std::int64_t last) const;

 private:
  const Flavour& flavour_;
  const Clock& clock_;
};

}  // namespace flotilla::sql
