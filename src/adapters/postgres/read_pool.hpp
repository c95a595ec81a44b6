#pragma once

#include <memory>
#include <vector>

#include "adapters/postgres/link.hpp"
#include "adapters/postgres/postgres_options.hpp"
#include "adapters/server/health.hpp"
#include "adapters/server/waiting_line.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::postgres {

/// The connections that all reads share. Each is kept: made again, for ever, when it is lost. They tell the
/// health of the database. Used on one event loop.
class ReadPool {
 public:
  using WaitingLine = server::WaitingLine<Link>;

  ReadPool(const PostgresOptions& options, server::Health& health,
           std::shared_ptr<const SchemaVersion> schema);

  void start(TaskGroup& tasks);
  /// The connection with the least to do, for one call that begins at once; tell ended() after it. Throws
  /// SqlError: unavailable while the database is down, busy when all connections stay full.
  Task<std::shared_ptr<Link>> acquire();
  /// The same when one is free at once and nobody waits, else null.
  std::shared_ptr<Link> try_acquire();
  void ended();
  void sweep(WaitingLine::Clock::time_point now);
  data::PoolState state() const;
  /// Ends what is under way.
  void close();

 private:
  struct Place {
    std::shared_ptr<Link> link;
    Wakeup lost;
  };
  Task<void> keep(Place& place, Cancellation stopping);
  Task<void> serve(Place& place);
  std::shared_ptr<Link> pick();
  void failed(const data::SqlError& why);
  bool any_link() const;

  const PostgresOptions& options_;
  server::Health& health_;
  const std::shared_ptr<const SchemaVersion> schema_;
  std::vector<std::unique_ptr<Place>> places_;
  WaitingLine line_;
  bool closed_ = false;
};

}  // namespace flotilla::postgres
