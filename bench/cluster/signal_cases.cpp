#include <fmt/format.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <stdexcept>
#include <thread>

#include "adapters/redis/redis_signal_log.hpp"
#include "adapters/sql/sql_signal.hpp"
#include "cases.hpp"
#include "cluster/signal/signals.hpp"
#include "measure.hpp"
#include "raw_redis.hpp"
#include "raw_sql.hpp"
#include "world.hpp"

namespace flotilla::bench {
namespace {

constexpr std::chrono::milliseconds kInterval{4};  // 250 a second
constexpr double kGoalMs = 10;

struct Sent {
  std::vector<std::atomic<std::chrono::steady_clock::time_point>> at;
  std::vector<double> applied_ms = {};
};

/// On a timetable: a publish that is late does not hold up the next one, and so does not hide what follows
/// it.
Task<void> publish_all(test::Loop& loop, cluster::Signals& from, std::string channel, Sent& sent) {
  auto one = [&](std::size_t n) -> Task<void> {
    sent.at[n] = std::chrono::steady_clock::now();
    co_await from.publish(channel, JsonObject{{"n", n}});
  };
  Crowd crowd(loop.executor());
  boost::asio::steady_timer timer(loop.executor());
  auto due = std::chrono::steady_clock::now();
  for (std::size_t n = 0; n < sent.at.size(); ++n) {
    timer.expires_at(due += kInterval);
    co_await timer.async_wait(boost::asio::use_awaitable);
    crowd.add(one(n));
  }
  co_await crowd.wait();
}

/// Two nodes, each with a loop and a log of its own. Milliseconds from the call of publish() on one to the
/// handler on the other one.
std::vector<double> publish_to_applied(test::Loop& here, std::shared_ptr<cluster::SignalLog> log_here,
                                       test::Loop& there, std::shared_ptr<cluster::SignalLog> log_there,
                                       std::size_t count) {
  const std::string app = fresh_name();
  cluster::Signals from(here.executor(), std::move(log_here), app, "one");
  cluster::Signals to(there.executor(), std::move(log_there), app, "two");
  Sent sent{std::vector<std::atomic<std::chrono::steady_clock::time_point>>(count)};
  std::atomic<std::size_t> applied{0};
  std::atomic<bool> reloaded{false};
  cluster::Signals::Subscriber subscriber;
  subscriber.handle = [&](Json message) -> Task<void> {
    const auto n = static_cast<std::size_t>(message.at("n").to_number<std::int64_t>());
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - sent.at.at(n).load();
    sent.applied_ms.push_back(took.count());
    ++applied;
    co_return;
  };
  subscriber.reload = [&]() -> Task<void> {
    reloaded = true;
    co_return;
  };
  from.start();
  to.start();
  auto subscription = there.run(to.subscribe("bench", subscriber));
  here.run(publish_all(here, from, "bench", sent), std::chrono::seconds(300));
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (applied < count && !reloaded && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  subscription.reset();
  there.run(to.stop());
  here.run(from.stop());
  if (applied != count || reloaded)
    throw std::runtime_error(fmt::format("{} of {} signals were applied{}", applied.load(), count,
                                         reloaded ? ", and a reload was asked for" : ""));
  return sent.applied_ms;
}

std::string shown(const std::vector<double>& ms) {
  return fmt::format("p50 {}, p99 {}", milliseconds(quantile(ms, 0.5)), milliseconds(quantile(ms, 0.99)));
}

void add(Report& report, const std::string& name, const std::vector<double>& ours,
         const std::vector<double>& raw) {
  const double p99 = quantile(ours, 0.99);
  report.add({"signals: " + name, shown(ours), shown(raw), quotient(quantile(ours, 0.5), quantile(raw, 0.5)),
              "p99 < 10 ms", p99 < kGoalMs});
}

void redis_signals(Report& report, std::size_t count, bool durable) {
  set_redis_durable(durable);
  test::Loop here, there;
  auto client_here = redis_client(here), client_there = redis_client(there);
  const std::string app = fresh_name();
  const auto ours = publish_to_applied(here, std::make_shared<redis::RedisSignalLog>(client_here, app), there,
                                       std::make_shared<redis::RedisSignalLog>(client_there, app), count);
  add(report,
      fmt::format("Redis, appendfsync {} (raw: XADD to XREAD BLOCK)", durable ? "always" : "everysec"), ours,
      raw_redis_signals(redis_url(), count));
  here.run(client_here->close());
  there.run(client_there->close());
}

void sqlite_signals(Report& report, std::size_t count) {
  test::Loop here, there;
  const ScratchFolder folder;
  auto database_here = sqlite_database(here, folder.file("flotilla.sqlite"));
  auto database_there = sqlite_database(there, folder.file("flotilla.sqlite"));
  const auto ours = publish_to_applied(here, std::make_shared<sql::SqlSignalLog>(*database_here), there,
                                       std::make_shared<sql::SqlSignalLog>(*database_there), count);
  add(report, "SQLite (raw: one INSERT and its commit)", ours,
      raw_sqlite_commits(folder.file("raw.sqlite"), count));
}

void postgres_signals(Report& report, std::size_t count, bool listening) {
  test::Loop here, there;
  auto database_here = postgres_database(here), database_there = postgres_database(there);
  sql::SqlSignalOptions options_here, options_there;
  if (listening) {
    options_here.listen = postgres_listen(here);
    options_there.listen = postgres_listen(there);
  }
  const auto ours =
      publish_to_applied(here, std::make_shared<sql::SqlSignalLog>(*database_here, options_here), there,
                         std::make_shared<sql::SqlSignalLog>(*database_there, options_there), count);
  add(report,
      listening ? "PostgreSQL, LISTEN (raw: INSERT to NOTIFY)"
                : "PostgreSQL, polling (raw: INSERT to NOTIFY)",
      ours, raw_postgres_signals(postgres_url(), count));
}

}  // namespace

void signal_cases(Report& report) {
  const std::size_t count = scaled(2'000);
  redis_signals(report, count, false);
  redis_signals(report, count, true);
  sqlite_signals(report, count);
  postgres_signals(report, count, true);
  postgres_signals(report, count, false);
}

}  // namespace flotilla::bench
