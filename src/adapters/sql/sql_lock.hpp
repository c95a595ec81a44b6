#pragma once

#include <memory>
#include <vector>

#include "adapters/sql/flavour.hpp"
#include "adapters/sql/lease_clock.hpp"
#include "adapters/sql/listen.hpp"
#include "base/clock.hpp"
#include "cluster/lock/lock_store.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sql {

struct SqlLockOptions {
  /// How often a waiter looks whether another process released the key.
  cluster::Millis poll{20};
  /// PostgreSQL: releases are announced, and waiters look only this often besides. Optional.
  Listen listen = {};
  cluster::Millis poll_listening{500};
  /// A free key is forgotten after it. Its tokens are not: see below.
  cluster::Millis keep_free{3'600'000};
};

/// Locks in flotilla_locks, one row a key. Leases count on the database's clock (PostgreSQL), or on
/// `leases` where the database is a file of this machine. Thread-safe; waits on the caller's executor, which
/// must run one handler at a time. Keys have 1 to kKeyMax bytes and no NUL, or Error 400.
///
/// Tokens rise by at least one with each grant and are at least the microseconds of the wall clock (the
/// database's, or `wall`), so that they also rise when locks move here from Redis. What was forgotten of a
/// key leaves its highest token in flotilla_lock_floor, below which no new key begins: tokens rise whatever
/// the clocks do.
///
/// When the database's clock is set forward, a lease may end early and a second holder begin: the first one's
/// writes are then refused by the fence (data::enforce_fence). When it is set back, a holder that vanished
/// keeps the key for its ttl from the moment somebody asks for it, no longer. The default of `leases` is
/// never set at all.
class SqlLockStore final : public cluster::LockStore {
 public:
  static constexpr std::size_t kKeyMax = 512;

  /// All of them outlive it.
  explicit SqlLockStore(data::Database& database, SqlLockOptions options = {},
                        const Clock& leases = lease_clock(), const Clock& wall = Clock::system());
  ~SqlLockStore() override;

  Task<Attempt> try_take(std::string key, std::string owner, cluster::Millis ttl) override;
  Task<bool> extend(std::string key, std::string owner, cluster::Millis ttl) override;
  Task<bool> release(std::string key, std::string owner) override;
  Task<void> wait_released(std::string key, cluster::Millis wait) override;

  /// Forgets up to 1,000 keys that nobody holds; release() does so now and then. Throws Unavailable.
  Task<std::int64_t> forget_free();

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

/// Among them flotilla_fences, of data::enforce_fence.
std::vector<data::Fragment> lock_tables(const Flavour& flavour);

}  // namespace flotilla::sql
