#pragma once

#include <vector>

#include "adapters/sql/flavour.hpp"
#include "cluster/worker_id/worker_id_store.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sql {

/// High-water marks in flotilla_high_water, a row a worker id of an application. As durable as the database's
/// commits. Thread-safe.
class SqlHighWaterStore final : public cluster::HighWaterStore {
 public:
  /// `database` outlives it.
  SqlHighWaterStore(data::Database& database, cluster::AppName app)
      : database_(database), app_(std::move(app)) {}

  Task<std::int64_t> load(int worker) override;
  Task<void> raise(int worker, std::int64_t seconds) override;

 private:
  data::Database& database_;
  const cluster::AppName app_;
};

std::vector<data::Fragment> high_water_tables(const Flavour& flavour);

}  // namespace flotilla::sql
