// cluster_driver ROLE name=value…   The node's settings come from the environment; DRIVER_POSTGRES_URL makes
// its main database a PostgreSQL. `history=FILE` is where it writes.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <iostream>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/tables.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "base/log.hpp"
#include "cluster/driver/role.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla::driver {

const std::string& Arguments::text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::invalid_argument(name + "= is missing");
  return found->second;
}

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

long long Arguments::number(const std::string& name, long long fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : std::stoll(found->second);
}

namespace {

constexpr std::chrono::milliseconds kLook{20}, kJoinAgain{200}, kJoinMax{600'000};

const std::map<std::string, Role> kRoles = {
    {"produce", produce},
    {"consume", consume},
    {"list-dead", list_dead},
    {"hold-locks", hold_locks},
    {"publish-signals", publish_signals},
    {"follow-signals", follow_signals},
    {"hold-worker-id", hold_worker_id},
    {"make-ids", make_ids},
};

Arguments arguments_of(int count, char** words) {
  std::map<std::string, std::string> values;
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument(word + ": takes name=value");
    values[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return Arguments(std::move(values));
}

app::MainDatabase open_database(const Settings& settings, const boost::asio::any_io_executor& executor) {
  if (const char* url = std::getenv("DRIVER_POSTGRES_URL")) return app::open_postgres_url(url, executor);
  if (const char* url = std::getenv("DRIVER_MARIADB_URL")) return app::open_mysql_url(url);
  sqlite::SqliteOptions options;
  options.path = settings.database.storage.string();
  return {sqlite::open_sqlite(options), {}};
}

/// A server that is just being restarted is waited for, as whoever runs a fleet starts a node again.
Task<void> join(Stage& stage) {
  const auto deadline = std::chrono::steady_clock::now() + kJoinMax;
  for (;;) {
    std::string reason;
    try {
      co_await sql::create_cluster_tables(stage.database);
      co_await stage.layer.open();
      co_await stage.layer.announce();
      co_return;
    } catch (const std::exception& error) {
      if (std::chrono::steady_clock::now() > deadline || stage.stop.cancelled()) throw;
      reason = error.what();
    }
    log::warn("cannot join yet", {{"reason", reason}});
    co_await stage.stop.wait(kJoinAgain);
  }
}

Task<void> play(Role role, Stage& stage) {
  co_await join(stage);
  stage.layer.start();
  std::exception_ptr failure;
  try {
    co_await role(stage);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await stage.layer.stop();
  if (failure) std::rethrow_exception(failure);
}

int run(int count, char** words) {
  const auto role = count > 1 ? kRoles.find(words[1]) : kRoles.end();
  if (role == kRoles.end())
    throw std::invalid_argument("takes a role: produce, consume, list-dead, hold-locks, …");
  const Arguments arguments = arguments_of(count, words);
  const Settings settings = load_settings(Environment::of_process());
  History history(arguments.text("history"));

  boost::asio::io_context waiting;
  boost::asio::signal_set signals(waiting, SIGTERM, SIGINT);
  EventLoops loops(1);
  const boost::asio::any_io_executor executor = loops.at(0).get_executor();
  const app::MainDatabase main = open_database(settings, executor);
  const std::unique_ptr<data::Database>& database = main.database;
  app::ClusterLayer layer(settings, *database, executor, settings.app_key, main.listen);
  Stage stage{layer, *database, arguments, history, {}};
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) stage.stop.cancel();
  });
  loops.run();
  auto ended = boost::asio::co_spawn(loops.at(0), play(role->second, stage), boost::asio::use_future);
  // Signals are taken here while the role plays.
  while (ended.wait_for(std::chrono::milliseconds{0}) != std::future_status::ready) {
    waiting.restart();
    waiting.run_for(kLook);
  }
  loops.stop();
  loops.join();
  ended.get();
  return 0;
}

}  // namespace
}  // namespace flotilla::driver

int main(int count, char** words) {
  try {
    return flotilla::driver::run(count, words);
  } catch (const std::exception& error) {
    std::cerr << "cluster_driver: " << error.what() << "\n";
    return 1;
  }
}
