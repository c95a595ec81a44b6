#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "adapters/sql/flavour.hpp"
#include "cluster/cache/counter_store.hpp"

namespace flotilla::sql {

std::vector<data::Fragment> counter_tables(const Flavour& flavour);

/// Counters as rows of the table flotilla_counters, which all nodes of the database share. They need not
/// survive a crash of the database's server. The tables must be there: create_cluster_tables. Calls throw
/// Unavailable, and Error 400 for a total beyond 64 bits.
class SqlCounterStore final : public cluster::CounterStore {
 public:
  /// How often rows whose life is over are removed by this process.
  static constexpr std::int64_t kSweepMs = 60'000;

  explicit SqlCounterStore(data::Database& database, const Clock& machine = Clock::system());

  Task<std::int64_t> add(std::string key, std::int64_t by, std::optional<cluster::Millis> ttl) override;
  Task<std::int64_t> get(std::string key) override;
  Task<void> reset(std::string key) override;

 private:
  data::Fragment now() const { return flavour_.now(machine_); }
  data::Fragment expired() const;
  bool is_time_to_sweep();

  data::Database& database_;
  const Flavour& flavour_;
  const Clock& machine_;
  std::atomic<std::int64_t> swept_ms_{0};
};

}  // namespace flotilla::sql
