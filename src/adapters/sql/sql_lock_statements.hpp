#pragma once

#include <cstdint>
#include <string>

#include "adapters/sql/change.hpp"
#include "adapters/sql/flavour.hpp"
#include "cluster/lock/lock_store.hpp"

namespace flotilla::sql {

/// What SqlLockStore says to the database. Pure.
///
/// flotilla_locks: the holder of a key ('' when free), its token, the lease it asked for and when that ends;
/// of a free key, when it became free. flotilla_lock_floor: one row, the highest token of all forgotten keys.
class LockStatements {
 public:
  using Fragment = data::Fragment;

  LockStatements(const Flavour& flavour, const Clock& leases, const Clock& wall)
      : flavour_(flavour), leases_(leases), wall_(wall) {}

  /// token, when the key was free or `owner`'s already, whose token it keeps.
  Change take(const std::string& key, const std::string& owner, cluster::Millis ttl) const;
  /// token, when the key was unknown.
  Change create(const std::string& key, const std::string& owner, cluster::Millis ttl) const;
  /// owner, token, lease, how long it still runs (may be negative).
  Fragment look(const std::string& key) const;
  /// Ends a lease after its whole length from now when it would run for longer: the clock was set back.
  Fragment shorten(const std::string& key) const;
  Fragment extend(const std::string& key, const std::string& owner, cluster::Millis ttl) const;
  Fragment not_durable() const { return flavour_.not_durable(); }  ///< may be empty
  Fragment release(const std::string& key, const std::string& owner) const;

  // Forgetting, in this order: nobody creates a key between the first step and the commit.
  Fragment close_floor() const;
  Change forget(cluster::Millis keep, std::int64_t max) const;  ///< token of each
  Fragment raise_floor(cluster::FencingToken token) const;

 private:
  Fragment now() const { return flavour_.now(leases_); }
  Fragment end_of(cluster::Millis ttl) const;
  Fragment next_after(std::string_view token) const;

  const Flavour& flavour_;
  const Clock& leases_;
  const Clock& wall_;
};

}  // namespace flotilla::sql
