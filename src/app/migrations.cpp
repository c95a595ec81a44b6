#include "app/migrations.hpp"

#include "adapters/sql/tables.hpp"
#include "base/version.hpp"

namespace flotilla::app {
namespace {

/// Numbers are shared with the files: take the next free one.
data::Migration cluster_tables(const data::Dialect& dialect) {
  data::Migration out;
  out.number = 1;
  out.name = "cluster_tables";
  out.version = out.needs = "0.1.0";
  auto statements = sql::cluster_tables(dialect);
  for (const data::Fragment& statement : statements) out.content += statement.text + ";\n";
  out.run = [statements = std::move(statements)](data::Session& session,
                                                 const data::WriteScope&) -> Task<void> {
    for (const data::Fragment& statement : statements) co_await session.execute(statement);
  };
  return out;
}

}  // namespace

std::vector<data::Migration> all_migrations(const data::Dialect& dialect) {
  std::vector<data::Migration> out = data::declared_migrations();
  out.push_back(cluster_tables(dialect));
  return out;
}

data::Migrator make_migrator(const Settings& settings, data::Database& database,
                             const data::IdSource& next_id) {
  return {database,
          {settings.database.table_prefix, settings.database.underscored},
          all_migrations(database.dialect()),
          {Random::system(), next_id, Clock::system(), version()}};
}

}  // namespace flotilla::app
