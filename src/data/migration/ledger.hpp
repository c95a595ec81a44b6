#pragma once

#include <vector>

#include "data/migration/plan.hpp"
#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

/// The table of migrations, flotillaMigrations. `system` is a schema of the built-in collections.
namespace flotilla::data {

/// In order of their numbers. Nothing when the table is not there yet.
Task<std::vector<AppliedMigration>> read_ledger(Session& session, const Schema& system);

/// Makes the table when it is missing. Under lock_schema().
Task<void> create_ledger(Session& session, const Schema& system);

/// In the transaction of the migration itself.
Task<void> record(Session& session, const Schema& system, const Migration& migration, std::int64_t at_ms);

}  // namespace flotilla::data
