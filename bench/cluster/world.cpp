#include "world.hpp"

#include <hiredis/hiredis.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_notifications.hpp"
#include "adapters/sql/tables.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "base/random.hpp"
#include "raw_redis.hpp"

namespace flotilla::bench {

std::string url_of(const char* variable) {
  const char* url = std::getenv(variable);
  if (!url || !*url)
    throw std::runtime_error(std::string(variable) + " is not set: run scripts/bench-cluster.sh");
  return url;
}

std::string redis_url() { return url_of("FLOTILLA_BENCH_REDIS_URL"); }
std::string postgres_url() { return url_of("FLOTILLA_BENCH_POSTGRES_URL"); }
std::string rabbitmq_url() { return url_of("FLOTILLA_BENCH_RABBITMQ_URL"); }

std::string fresh_name() { return "b" + random_uid(Random::system()); }

std::size_t scaled(std::size_t count) {
  const char* scale = std::getenv("BENCH_SCALE");
  const double factor = scale ? std::atof(scale) : 1;
  if (!(factor > 0)) throw std::runtime_error("BENCH_SCALE takes a number above 0");
  return std::max<std::size_t>(1,
                               static_cast<std::size_t>(std::llround(static_cast<double>(count) * factor)));
}

ScratchFolder::ScratchFolder() {
  const char* below = std::getenv("BENCH_FOLDER");
  const std::filesystem::path parent = below ? below : std::filesystem::temp_directory_path();
  path_ = (parent / ("flotilla-bench-" + random_uid(Random::system()))).string();
  std::filesystem::create_directories(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::shared_ptr<redis::RedisClient> redis_client(test::Loop& loop) {
  redis::ClientOptions options;
  // What is measured is how fast it is; a disk that is slow once must not end the run.
  options.deadline = redis::Millis(20'000);
  auto client = std::make_shared<redis::RedisClient>(
      loop.executor(), redis::RedisUrl::parse("FLOTILLA_BENCH_REDIS_URL", redis_url()), options);
  loop.run(client->connect(redis::Millis(20'000)));
  return client;
}

void set_redis_durable(bool durable) {
  RawRedis redis(redis_url());
  redis.run({"CONFIG", "SET", "appendonly", "yes"});
  redis.run({"CONFIG", "SET", "appendfsync", durable ? "always" : "everysec"});
}

namespace {

/// PostgreSQL connects in the background: tries until it has.
void make_tables(test::Loop& loop, data::Database& database) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    try {
      return loop.run(sql::create_cluster_tables(database));
    } catch (const cluster::Unavailable&) {
      if (std::chrono::steady_clock::now() > give_up) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

std::unique_ptr<data::Database> sqlite_database(test::Loop& loop, const std::string& file) {
  auto database =
      sqlite::open_sqlite({.path = file, .synchronous = sqlite::SqliteOptions::Synchronous::full});
  make_tables(loop, *database);
  return database;
}

std::unique_ptr<data::Database> postgres_database(test::Loop& loop) {
  auto database = postgres::open_postgres(postgres::parse_postgres_url(postgres_url()));
  make_tables(loop, *database);
  return database;
}

sql::Listen postgres_listen(test::Loop& loop) {
  auto notifications = std::make_shared<postgres::PostgresNotifications>(
      postgres::parse_postgres_url(postgres_url()), loop.executor());
  return [notifications](const std::string& channel, std::function<void(const std::string&)> hear) {
    return notifications->subscribe(channel, std::move(hear));
  };
}

}  // namespace flotilla::bench
