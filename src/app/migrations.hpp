#pragma once

#include <vector>

#include "base/settings.hpp"
#include "data/migration/migrator.hpp"

namespace flotilla::app {

/// All migrations of this program: those of the cluster layer's tables, which are code, and those of
/// src/data/assets/migrations.
std::vector<data::Migration> all_migrations(const data::Dialect& dialect);

/// `database` and `next_id` outlive it.
data::Migrator make_migrator(const Settings& settings, data::Database& database,
                             const data::IdSource& next_id);

}  // namespace flotilla::app
