#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/migration/migration.hpp"

namespace flotilla::data {

/// A row of the table of migrations: what was done to this database.
struct AppliedMigration {
  int number = 0;
  std::string name;
  std::string checksum;
  std::string version;  ///< that brought it
  std::string needs;    ///< the oldest version that works with it
  std::int64_t at_ms = 0;
};

/// What is left to do, by numbers; and what a newer version has done that this one can live with.
struct MigrationPlan {
  std::vector<const Migration*> pending;
  std::vector<AppliedMigration> newer;
};

/// Pure. `known` is in order and outlives the plan. Throws Error 409, naming the migration and what to do:
/// code DATABASE_TOO_NEW when the database needs a newer version than `own_version`, MIGRATION_CHANGED when a
/// migration that was done is not the one that is known.
MigrationPlan plan_migrations(const std::vector<Migration>& known,
                              const std::vector<AppliedMigration>& applied, std::string_view own_version);

/// -1, 0, 1: `a` is older than, the same as, newer than `b`. Versions are numbers between dots; what follows
/// a `-` does not count.
int compare_versions(std::string_view a, std::string_view b);

}  // namespace flotilla::data
