#pragma once

#include <list>
#include <memory>
#include <unordered_set>

#include "adapters/postgres/health.hpp"
#include "adapters/postgres/link.hpp"
#include "adapters/postgres/postgres_options.hpp"
#include "adapters/postgres/waiting_line.hpp"

namespace flotilla::postgres {

/// The connections for transactions: each belongs to one at a time. Made when they are needed, closed when
/// they are idle for long. Used on one event loop.
class WritePool {
 public:
  WritePool(const PostgresOptions& options, Health& health, std::shared_ptr<const SchemaVersion> schema);

  /// Throws SqlError: unavailable while the database is down or cannot be connected to, busy when none
  /// becomes free within acquire_timeout_ms.
  Task<std::shared_ptr<Link>> acquire();
  /// Not in a transaction any more, or broken.
  void release(const std::shared_ptr<Link>& link);
  void sweep(WaitingLine::Clock::time_point now);
  /// Ends what is under way.
  void close();

 private:
  struct Idle {
    std::shared_ptr<Link> link;
    WaitingLine::Clock::time_point since;
  };
  std::shared_ptr<Link> take_idle();
  Task<std::shared_ptr<Link>> open();
  void forget(const Link* link);
  void gone();

  const PostgresOptions& options_;
  Health& health_;
  const std::shared_ptr<const SchemaVersion> schema_;
  std::list<Idle> idle_;  ///< most recently used last
  std::unordered_set<std::shared_ptr<Link>> used_;
  std::size_t total_ = 0;  ///< idle, used and being made
  WaitingLine line_;
  bool closed_ = false;
};

}  // namespace flotilla::postgres
