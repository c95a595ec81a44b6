#include "contract/makers/postgres.hpp"

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_dialect.hpp"

namespace flotilla::contract {

postgres::PostgresOptions postgres_options(test::Loop& loop, const std::string& url, const std::string& app) {
  postgres::PostgresOptions options = postgres::parse_postgres_url(url);
  const auto database = postgres::open_postgres(options);
  run_sql(loop, *database, "CREATE SCHEMA IF NOT EXISTS " + postgres::postgres_dialect().quote(app));
  options.schema = app;
  return options;
}

data::Rows run_sql(test::Loop& loop, data::Database& database, data::Fragment sql) {
  data::Rows rows;
  const data::Work work = [&](data::Session& session) -> Task<void> { rows = co_await session.query(sql); };
  loop.run(database.write(work));
  return rows;
}

}  // namespace flotilla::contract
