#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/sql_queue_announcer.hpp"
#include "adapters/sql/tables.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "contract/makers/sql_node.hpp"
#include "contract/makers/sql_queue.hpp"

namespace flotilla::contract {

std::shared_ptr<data::Database> postgres_database(test::Loop& loop, const std::string& url,
                                                  const std::string& app) {
  postgres::PostgresOptions options = postgres::parse_postgres_url(url);
  // Tests use few connections each, and many databases.
  options.read_connections = 2;
  options.write_connections = 4;
  auto prepare = [&](data::Session& session) -> Task<void> {
    co_await session.query(sql::statement("SELECT pg_advisory_xact_lock(4711)"));
    co_await session.execute(data::Fragment("CREATE SCHEMA IF NOT EXISTS \"" + app + "\""));
  };
  {
    auto plain = postgres::open_postgres(options);
    if (!connected(loop, *plain)) throw std::runtime_error("the test's PostgreSQL cannot be reached");
    loop.run(plain->write(prepare));
  }
  options.schema = app;
  std::shared_ptr<data::Database> database = postgres::open_postgres(options);
  if (!connected(loop, *database)) throw std::runtime_error("the test's PostgreSQL cannot be reached");
  loop.run(sql::create_cluster_tables(*database));
  return database;
}

bool connected(test::Loop& loop, data::Database& database) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto ask = [](data::Session& session) -> Task<void> { co_await session.query("SELECT 1"); };
  for (;;) {
    try {
      loop.run(database.read(ask));
      loop.run(database.write(ask));
      return true;
    } catch (const data::SqlError&) {
      if (std::chrono::steady_clock::now() > give_up) return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::shared_ptr<cluster::QueueBackend> postgres_queue(test::Loop& loop, const std::string& url,
                                                      const std::string& app) {
  sql::SqlQueueOptions options;
  options.listen = postgres_listen(loop, url);
  return node_queue(postgres_database(loop, url, app), std::move(options));
}

std::shared_ptr<cluster::FiringStore> postgres_firings(test::Loop& loop, const std::string& url,
                                                       const std::string& app) {
  return node_firings(loop, postgres_database(loop, url, app));
}

}  // namespace flotilla::contract
