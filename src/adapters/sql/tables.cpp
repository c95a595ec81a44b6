#include "adapters/sql/tables.hpp"

#include <utility>

#include "adapters/sql/database_call.hpp"
#include "adapters/sql/sql_counter.hpp"
#include "adapters/sql/sql_firing.hpp"
#include "adapters/sql/sql_high_water.hpp"
#include "adapters/sql/sql_lock.hpp"
#include "adapters/sql/sql_outbox.hpp"
#include "adapters/sql/sql_queue.hpp"
#include "adapters/sql/sql_registry.hpp"
#include "adapters/sql/sql_signal.hpp"
#include "adapters/sql/sql_worker_id.hpp"

namespace flotilla::sql {
namespace {

constexpr Tables kParts[] = {
    queue_tables,     outbox_tables,     firing_tables,   lock_tables,    signal_tables,
    worker_id_tables, high_water_tables, registry_tables, counter_tables,
};

// Any number that nothing else locks.
constexpr std::int64_t kSchemaLock = 0x666c6f74696c6c61;

}  // namespace

std::vector<data::Fragment> cluster_tables(const data::Dialect& dialect) {
  const Flavour& flavour = Flavour::of(dialect);
  std::vector<data::Fragment> out;
  for (Tables tables : kParts)
    for (data::Fragment& statement : tables(flavour)) out.push_back(std::move(statement));
  return out;
}

Task<void> create_cluster_tables(data::Database& database) {
  const Flavour& flavour = Flavour::of(database.dialect());
  const std::vector<data::Fragment> statements = cluster_tables(database.dialect());
  auto create = [&flavour, &statements](data::Session& session) -> Task<void> {
    // CREATE TABLE IF NOT EXISTS alone is not enough: two at a time collide in PostgreSQL's catalogue.
    const data::Fragment alone = flavour.one_at_a_time(kSchemaLock);
    if (!alone.empty()) std::ignore = co_await session.query(alone);
    for (const data::Fragment& statement : statements) co_await session.execute(statement);
  };
  co_await write(database, create);
}

}  // namespace flotilla::sql
