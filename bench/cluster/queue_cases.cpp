#include <fmt/format.h>

#include "adapters/memory/memory_lock_store.hpp"
#include "adapters/rabbitmq/rabbitmq_queue.hpp"
#include "adapters/redis/redis_queue.hpp"
#include "adapters/sql/sql_queue.hpp"
#include "cases.hpp"
#include "measure.hpp"
#include "queue_run.hpp"
#include "raw_rabbitmq.hpp"
#include "raw_redis.hpp"
#include "raw_sql.hpp"
#include "world.hpp"

namespace flotilla::bench {
namespace {

using Backend = std::shared_ptr<cluster::QueueBackend>;

constexpr double kRedisGoal = 50'000, kSqlGoal = 10'000, kRabbitGoal = 0.80;

Row against_goal(std::string name, const Pair& pair, double goal) {
  return {std::move(name),    rate(pair.ours),  rate(pair.raw), fmt::format("{:.2f}", pair.ratio),
          ">= " + rate(goal), pair.ours >= goal};
}

/// The same load twice: in batches through the backend, and one message at a time through Queue.
template <class Raw>
void both_ways(Report& report, test::Loop& loop, const Backend& backend, const std::string& name,
               const std::string& raw_name, double goal, std::size_t messages, Raw raw) {
  const BatchLoad batches{.messages = messages};
  const Pair in_batches =
      in_turns([&] { return raw(batches.publish); }, [&] { return through_backend(loop, backend, batches); });
  report.add(against_goal(
      fmt::format("queue: {}, backend, batches of {} (raw: {})", name, batches.publish, raw_name), in_batches,
      goal));
  const FacadeLoad single{.messages = messages};
  const Pair one_by_one =
      in_turns([&] { return raw(single.publishers); }, [&] { return through_facade(loop, backend, single); });
  report.add(against_goal(fmt::format("queue: {}, Queue, {} publishers, concurrency {} (raw: batches of {})",
                                      name, single.publishers, single.concurrency, single.publishers),
                          one_by_one, goal));
}

}  // namespace

void redis_queue_cases(Report& report) {
  test::Loop loop;
  auto client = redis_client(loop);
  const std::size_t messages = scaled(100'000);
  for (const bool durable : {true, false}) {
    set_redis_durable(durable);
    both_ways(report, loop, std::make_shared<redis::RedisQueue>(client, fresh_name()),
              fmt::format("Redis, appendfsync {}", durable ? "always" : "everysec"),
              "XADD, XREADGROUP, XACK, XDEL", kRedisGoal, messages,
              [&](std::size_t batch) { return raw_redis_stream(redis_url(), messages, batch, body_of(1)); });
  }
  loop.run(client->close());
}

void sqlite_queue_cases(Report& report) {
  test::Loop loop;
  const ScratchFolder folder;
  auto database = sqlite_database(loop, folder.file("flotilla.sqlite"));
  const std::size_t messages = scaled(40'000);
  int raws = 0;
  both_ways(report, loop, std::make_shared<sql::SqlQueue>(*database), "SQLite, synchronous FULL",
            "INSERT, DELETE", kSqlGoal, messages, [&](std::size_t batch) {
              return raw_sqlite_queue(folder.file(fmt::format("raw{}.sqlite", ++raws)), messages, batch);
            });
}

void postgres_queue_cases(Report& report) {
  test::Loop loop;
  auto database = postgres_database(loop);
  const std::size_t messages = scaled(40'000);
  both_ways(report, loop, std::make_shared<sql::SqlQueue>(*database), "PostgreSQL, fsync on",
            "INSERT, DELETE", kSqlGoal, messages,
            [&](std::size_t batch) { return raw_postgres_queue(postgres_url(), messages, batch); });
}

void rabbitmq_queue_cases(Report& report) {
  test::Loop loop;
  const Backend backend = std::make_shared<rabbitmq::RabbitQueue>(
      rabbitmq::RabbitOptions{rabbitmq_url()}, std::make_shared<memory::MemoryLockStore>());
  for (const std::size_t window : {64u, 512u}) {
    const std::size_t messages = scaled(window == 64 ? 10'000 : 20'000);
    auto raw = [&] { return raw_rabbitmq_queue(rabbitmq_url(), messages, window); };
    const BatchLoad single{
        .messages = messages, .publishers = window, .publish = 1, .claimers = 1, .claim = window};
    const FacadeLoad facade{
        .messages = messages, .publishers = window, .concurrency = static_cast<int>(window)};
    const Pair adapter = in_turns(raw, [&] { return through_backend(loop, backend, single); });
    const Pair whole = in_turns(raw, [&] { return through_facade(loop, backend, facade); });
    auto add = [&](const char* what, const Pair& pair) {
      report.add({fmt::format("queue: RabbitMQ, quorum queue, window {}, {} (raw: rabbitmq-c)", window, what),
                  rate(pair.ours), rate(pair.raw), fmt::format("{:.2f}", pair.ratio),
                  fmt::format(">= {:.2f}", kRabbitGoal), pair.ratio >= kRabbitGoal});
    };
    add("backend", adapter);
    add("Queue", whole);
  }
}

}  // namespace flotilla::bench
