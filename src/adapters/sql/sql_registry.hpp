#pragma once

#include <vector>

#include "adapters/sql/flavour.hpp"
#include "base/clock.hpp"
#include "cluster/node.hpp"
#include "cluster/registry/registry_store.hpp"
#include "data/sql/database.hpp"

namespace flotilla::sql {

/// Nodes in flotilla_nodes: a row a node of an application, its record as JSON. Members that another version
/// wrote are ignored, members that it did not know are empty. Thread-safe.
class SqlRegistryStore final : public cluster::RegistryStore {
 public:
  /// `database` and `clock` outlive it. `clock` counts where the database is a file of this machine.
  SqlRegistryStore(data::Database& database, cluster::AppName app, const Clock& clock = Clock::system());

  Task<void> announce(cluster::NodeRecord node) override;
  Task<Listing> list() override;
  Task<void> leave(cluster::NodeId id) override;
  /// Also: nodes that were seen in the future, because the clock was set back since, count as seen now, so
  /// that they age.
  Task<void> forget(cluster::Millis age) override;

 private:
  data::Database& database_;
  const cluster::AppName app_;
  const Clock& clock_;
  const Flavour& flavour_;
};

std::vector<data::Fragment> registry_tables(const Flavour& flavour);

}  // namespace flotilla::sql
