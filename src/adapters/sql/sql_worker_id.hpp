#pragma once

#include <vector>

#include "adapters/sql/flavour.hpp"
#include "adapters/sql/lease_clock.hpp"
#include "base/clock.hpp"
#include "cluster/worker_id/worker_id_store.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sql {

/// Leases on worker ids in flotilla_worker_ids, 32 rows an application. They count on the database's clock
/// (PostgreSQL), or on `leases` where the database is a file of this machine. Thread-safe.
///
/// A place that its holder gave back is free at once. When the database's clock is set back, a place whose
/// holder vanished is taken for its lease and the grace from the moment somebody asks, no longer. When it is
/// set forward by more than a lease, a place may be given away early; its holder hears so at its next
/// renewal.
class SqlWorkerIdStore final : public cluster::WorkerIdStore {
 public:
  /// `database` and `leases` outlive it.
  SqlWorkerIdStore(data::Database& database, cluster::AppName app, const Clock& leases = lease_clock());

  Task<Grant> acquire(cluster::NodeId node, cluster::Millis lease) override;
  Task<bool> renew(cluster::NodeId node, int worker, cluster::Millis lease) override;
  Task<void> release(cluster::NodeId node, int worker) override;

 private:
  data::Database& database_;
  const cluster::AppName app_;
  const Clock& clock_;
  const Flavour& flavour_;
};

std::vector<data::Fragment> worker_id_tables(const Flavour& flavour);

}  // namespace flotilla::sql
