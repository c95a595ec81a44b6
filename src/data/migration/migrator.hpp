#pragma once

#include <chrono>

#include "base/clock.hpp"
#include "data/migration/plan.hpp"

namespace flotilla::data {

/// Brings Flotilla's own tables and first rows to this version. Any number of nodes may do so at once: each
/// migration is one transaction under the lock of the schema, which also writes down that it is done; who
/// comes second finds it done. A node that is killed in between leaves nothing (or, where DDL ends a
/// transaction, steps that the next one runs again).
class Migrator {
 public:
  struct Tools {
    Random& random;
    const IdSource& next_id;
    const Clock& clock;
    std::string version;  ///< of this program
  };

  /// `migrations` in order. Throws Error 500 when two have one number.
  Migrator(Database& database, const NamingRules& rules, std::vector<Migration> migrations, Tools tools);

  /// What was done to the database, in order. Reads only.
  Task<std::vector<AppliedMigration>> applied();
  /// Throws Error 409: see plan_migrations().
  MigrationPlan plan(const std::vector<AppliedMigration>& applied) const;

  /// Runs what is pending; `with_ids` false: only what needs no ids given out. Waits for nodes that migrate
  /// at this moment. Throws Error 409 as plan_migrations() does, and SqlError; the message of what goes wrong
  /// in a migration names it.
  Task<void> run(bool with_ids = true);

  const std::vector<Migration>& migrations() const { return migrations_; }

 private:
  Task<bool> run_one(const Migration& migration);
  Task<void> run_in(Session& session, const Migration& migration, bool& done);

  Database& database_;
  std::shared_ptr<const Schema> system_;
  std::vector<Migration> migrations_;
  Tools tools_;
};

}  // namespace flotilla::data
