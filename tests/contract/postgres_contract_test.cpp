// What only PostgreSQL does: connections that are lost, pools, conflicts of transactions, notifications.
#include <fmt/format.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <mutex>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_notifications.hpp"
#include "contract/database_world.hpp"
#include "contract/makers/postgres.hpp"
#include "contract/tcp_relay.hpp"
#include "contract/until.hpp"

namespace flotilla::contract {
namespace {

using data::Fragment;
using data::Rows;
using data::Session;
using data::SqlError;
using data::Work;
using postgres::PostgresOptions;
using Kind = SqlError::Kind;
using namespace std::chrono_literals;

struct PostgresContract : testing::Test {
  test::Loop loop;
  const std::string app = fresh_app();
  PostgresOptions options = [this] {
    PostgresOptions out = postgres_options(loop, server("postgres"), app);
    out.application_name = app;
    return out;
  }();
  std::unique_ptr<data::Database> admin =
      postgres::open_postgres(postgres::parse_postgres_url(server("postgres")));

  std::unique_ptr<data::Database> open() { return postgres::open_postgres(options); }
  void execute(data::Database& database, std::string sql) {
    run_sql(loop, database, Fragment(std::move(sql)));
  }
  std::int64_t read_number(data::Database& database, std::string sql) {
    std::int64_t out = 0;
    const Work work = [&](Session& session) -> Task<void> {
      const Rows rows = co_await session.query(Fragment(sql));
      out = rows.at(0, 0).as_int();
    };
    loop.run(database.read(work));
    return out;
  }
  std::optional<SqlError> try_read(data::Database& database) {
    try {
      read_number(database, "SELECT 1");
      return {};
    } catch (const SqlError& error) {
      return error;
    }
  }
  std::int64_t backends(std::string_view condition = "true") {
    return read_number(
        *admin, fmt::format("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}' AND {}", app,
                            condition));
  }
  /// Ends connections of the database under test.
  void terminate(std::string_view condition = "true") {
    execute(*admin,
            fmt::format(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}' AND {}",
                app, condition));
  }
  /// The same, and waits until all that were there are gone. One that had just begun to connect may not bear
  /// its name yet: they are looked for again.
  bool terminate_all() {
    const std::string old = fmt::format(
        "extract(epoch FROM backend_start) * 1000000 < {}",
        read_number(*admin, "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"));
    return until([&] {
      terminate(old);
      return backends(old) == 0;
    });
  }
  static int port_of(const TcpRelay& relay) {
    const std::string url = relay.url();
    return std::stoi(url.substr(url.rfind(':') + 1));
  }
  template <class T>
  std::future<T> start(Task<T> task) {
    return boost::asio::co_spawn(loop.context(), std::move(task), boost::asio::use_future);
  }
  std::optional<SqlError> error_of(std::future<void>& ended) {
    if (ended.wait_for(60s) != std::future_status::ready) throw std::runtime_error("a call hangs");
    try {
      ended.get();
    } catch (const SqlError& error) {
      return error;
    }
    return {};
  }
};

TEST_F(PostgresContract, ATerminatedConnectionFailsOnceAndComesBack) {
  auto database = open();
  execute(*database, "CREATE TABLE t (x INTEGER)");
  EXPECT_EQ(read_number(*database, "SELECT 1"), 1);
  const Work sleep = [](Session& session) -> Task<void> { co_await session.query("SELECT pg_sleep(60)"); };
  std::future<void> reading = start(database->read(sleep)), writing = start(database->write(sleep));
  ASSERT_TRUE(until([&] { return backends("state = 'active'") == 2; }));
  ASSERT_TRUE(terminate_all());
  const auto read_error = error_of(reading), write_error = error_of(writing);
  ASSERT_TRUE(read_error && write_error);
  EXPECT_EQ(read_error->kind, Kind::unavailable);
  EXPECT_EQ(write_error->kind, Kind::unavailable);
  EXPECT_EQ(read_number(*database, "SELECT 2"), 2) << "waits for the new connection, does not fail";
  execute(*database, "INSERT INTO t VALUES (1)");
}

TEST_F(PostgresContract, AnIdleConnectionThatWasLostIsNotUsed) {
  auto database = open();
  for (int i = 0; i < 5; ++i) {
    execute(*database, "SELECT 1");
    EXPECT_EQ(read_number(*database, "SELECT 1"), 1);
    ASSERT_TRUE(terminate_all());
  }
}

TEST_F(PostgresContract, ALostTransactionLeavesNothingAndRunsNoAction) {
  auto database = open();
  execute(*database, "CREATE TABLE t (x INTEGER)");
  std::atomic<bool> told{false};
  const Work work = [&](Session& session) -> Task<void> {
    session.after_commit([&] { told = true; });
    co_await session.execute("INSERT INTO t VALUES (1)");
    co_await session.query("SELECT pg_terminate_backend(pg_backend_pid())");
  };
  std::future<void> ended = start(database->write(work));
  const auto error = error_of(ended);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Kind::unavailable);
  EXPECT_FALSE(told);
  EXPECT_EQ(read_number(*database, "SELECT count(*) FROM t"), 0);
}

TEST_F(PostgresContract, ALostCommitIsSaidToBeUnknown) {
  auto database = open();
  execute(*database, "CREATE TABLE t (x INTEGER PRIMARY KEY)");
  // A trigger that runs in COMMIT and ends its own connection.
  execute(*database,
          "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
          "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NULL; END $$");
  execute(*database,
          "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
          "EXECUTE FUNCTION leave()");
  std::atomic<bool> told{false};
  const Work work = [&](Session& session) -> Task<void> {
    session.after_commit([&] { told = true; });
    co_await session.execute("INSERT INTO t VALUES (1)");
  };
  std::future<void> ended = start(database->write(work));
  const auto error = error_of(ended);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Kind::unavailable);
  EXPECT_NE(std::string_view(error->what()).find("unknown"), std::string_view::npos) << error->what();
  EXPECT_FALSE(told);
}

TEST_F(PostgresContract, AConstraintThatFailsInCommitIsToldAsWhatItIs) {
  auto database = open();
  execute(*database, "CREATE TABLE t (x INTEGER UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  const Work work = [](Session& session) -> Task<void> {
    co_await session.execute("INSERT INTO t VALUES (1), (1)");
  };
  std::future<void> ended = start(database->write(work));
  const auto error = error_of(ended);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Kind::unique);
  EXPECT_EQ(error->columns, std::vector<std::string>{"x"});
  execute(*database, "INSERT INTO t VALUES (1)");
}

TEST_F(PostgresContract, AnErrorThatTheWorkHidesStillFailsTheTransaction) {
  auto database = open();
  execute(*database, "CREATE TABLE t (x INTEGER PRIMARY KEY)");
  const Work work = [](Session& session) -> Task<void> {
    co_await session.execute("INSERT INTO t VALUES (1)");
    try {
      co_await session.execute("INSERT INTO t VALUES (1)");
    } catch (const SqlError&) {
    }
    try {
      co_await session.execute("INSERT INTO t VALUES (2)");
      ADD_FAILURE() << "the transaction goes on";
    } catch (const SqlError& error) {
      EXPECT_EQ(error.kind, Kind::unique);
    }
  };
  std::future<void> ended = start(database->write(work));
  const auto error = error_of(ended);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Kind::unique);
  EXPECT_EQ(read_number(*database, "SELECT count(*) FROM t"), 0);
}

TEST_F(PostgresContract, ADeadlockEndsOneOfTwo) {
  auto database = open();
  execute(*database, "CREATE TABLE t (x INTEGER PRIMARY KEY, n INTEGER)");
  execute(*database, "INSERT INTO t VALUES (1, 0), (2, 0)");
  auto crossing = [](int first, int second) {
    return Work([=](Session& session) -> Task<void> {
      co_await session.execute(Fragment(fmt::format("UPDATE t SET n = n + 1 WHERE x = {}", first)));
      co_await session.query("SELECT pg_sleep(0.3)");
      co_await session.execute(Fragment(fmt::format("UPDATE t SET n = n + 1 WHERE x = {}", second)));
    });
  };
  std::future<void> one = start(database->write(crossing(1, 2))),
                    two = start(database->write(crossing(2, 1)));
  const auto first = error_of(one), second = error_of(two);
  ASSERT_NE(first.has_value(), second.has_value()) << "exactly one of them fails";
  EXPECT_EQ((first ? first : second)->kind, Kind::deadlock);
  EXPECT_EQ(read_number(*database, "SELECT sum(n) FROM t"), 2);
}

TEST_F(PostgresContract, WritersWaitForAConnectionUntilTheirDeadline) {
  options.write_connections = 2;
  options.acquire_timeout_ms = 500;
  auto database = open();
  execute(*database, "SELECT 1");
  const Work hold = [](Session& session) -> Task<void> { co_await session.query("SELECT pg_sleep(3)"); };
  const Work quick = [](Session& session) -> Task<void> { co_await session.query("SELECT 1"); };
  std::future<void> one = start(database->write(hold)), two = start(database->write(hold));
  ASSERT_TRUE(until([&] { return backends("state = 'active'") == 2; }));
  std::future<void> late = start(database->write(quick));
  const auto error = error_of(late);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Kind::busy);
  EXPECT_EQ(read_number(*database, "SELECT 1"), 1) << "reads do not wait for writers";
  EXPECT_FALSE(error_of(one));
  EXPECT_FALSE(error_of(two));
  std::future<void> again = start(database->write(quick));
  EXPECT_FALSE(error_of(again));
}

TEST_F(PostgresContract, NoMoreConnectionsThanAllowed) {
  options.write_connections = 3;
  options.read_connections = 2;
  auto database = open();
  execute(*database, "CREATE TABLE t (x INTEGER)");
  const Work work = [](Session& session) -> Task<void> {
    co_await session.execute("INSERT INTO t VALUES (1)");
    co_await session.query("SELECT pg_sleep(0.005)");
  };
  std::vector<std::future<void>> ended;
  for (int i = 0; i < 100; ++i) ended.push_back(start(database->write(work)));
  std::int64_t most = 0;
  for (auto& end : ended) {
    most = std::max(most, backends());
    EXPECT_FALSE(error_of(end));
  }
  EXPECT_LE(most, 5);
  EXPECT_EQ(read_number(*database, "SELECT count(*) FROM t"), 100);
}

TEST_F(PostgresContract, IdleConnectionsAreClosedButTheFewThatStay) {
  options.write_connections = 6;
  options.read_connections = 1;
  options.idle_timeout_ms = 300;
  options.write_connections_min = 2;
  auto database = open();
  const Work work = [](Session& session) -> Task<void> { co_await session.query("SELECT pg_sleep(0.3)"); };
  std::vector<std::future<void>> ended;
  for (int i = 0; i < 6; ++i) ended.push_back(start(database->write(work)));
  for (auto& end : ended) EXPECT_FALSE(error_of(end));
  EXPECT_TRUE(until([&] { return backends() == 3; })) << backends();
}

TEST_F(PostgresContract, CallsFailAtOnceWhileTheServerLetsNobodyIn) {
  // As good as a server that is away, and does not disturb the other tests.
  execute(*admin, fmt::format("CREATE ROLE \"{}\" LOGIN PASSWORD 'x'", app));
  options.user = app;
  options.password = "x";
  options.schema.clear();
  auto database = open();
  EXPECT_EQ(read_number(*database, "SELECT 1"), 1);
  execute(*admin, fmt::format("ALTER ROLE \"{}\" NOLOGIN", app));
  ASSERT_TRUE(terminate_all());
  const Work work = [](Session& session) -> Task<void> { co_await session.query("SELECT 1"); };
  for (int i = 0; i < 50; ++i) {
    const auto error = try_read(*database);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, Kind::unavailable);
    std::future<void> write = start(database->write(work));
    const auto refused = error_of(write);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->kind, Kind::unavailable);
  }
  execute(*admin, fmt::format("ALTER ROLE \"{}\" LOGIN", app));
  EXPECT_TRUE(until([&] { return !try_read(*database).has_value(); }));
  std::future<void> write = start(database->write(work));
  EXPECT_FALSE(error_of(write));
}

TEST_F(PostgresContract, NobodyListens) {
  auto relay = std::make_unique<TcpRelay>(options.port);
  options.port = port_of(*relay);
  auto database = open();
  EXPECT_EQ(read_number(*database, "SELECT 1"), 1);
  relay.reset();
  EXPECT_TRUE(until([&] { return try_read(*database).has_value(); }));
  const auto error = try_read(*database);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Kind::unavailable);
}

TEST_F(PostgresContract, AServerThatDoesNotAnswerIsGivenUp) {
  TcpRelay relay(options.port);
  options.port = port_of(relay);
  options.reply_timeout_ms = 500;
  options.connect_timeout_ms = 500;
  auto database = open();
  EXPECT_EQ(read_number(*database, "SELECT 1"), 1);
  relay.freeze();
  const auto error = try_read(*database);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Kind::unavailable);
  relay.thaw();
  EXPECT_TRUE(until([&] { return !try_read(*database).has_value(); }));
}

TEST_F(PostgresContract, OpensWithoutAServerAndSaysWhatIsWrong) {
  options.password = "wrong password";
  options.user = "nobody_" + app;
  auto database = open();
  const auto error = try_read(*database);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Kind::unavailable);
  EXPECT_NE(std::string_view(error->what()).find(options.user), std::string_view::npos) << error->what();
  EXPECT_EQ(std::string_view(error->what()).find("wrong password"), std::string_view::npos);
}

TEST_F(PostgresContract, SessionsAreAsTheAdapterNeedsThem) {
  options.schema = "odd \"schema\\";
  execute(*admin, "CREATE SCHEMA IF NOT EXISTS \"odd \"\"schema\\\"");
  for (bool prepared : {true, false}) {
    options.prepared = prepared;
    auto database = open();
    const Work work = [&](Session& session) -> Task<void> {
      const Rows rows = co_await session.query(
          "SELECT current_setting('TimeZone'), current_schema(), current_setting('application_name'), "
          "current_setting('transaction_isolation')");
      EXPECT_EQ(rows.at(0, 0).as_text(), "UTC");
      EXPECT_EQ(rows.at(0, 1).as_text(), options.schema);
      EXPECT_EQ(rows.at(0, 2).as_text(), app);
      EXPECT_EQ(rows.at(0, 3).as_text(), "read committed");
    };
    loop.run(database->read(work));
    loop.run(database->write(work));
  }
}

TEST_F(PostgresContract, AStatementThatTakesTooLongIsBusy) {
  options.statement_timeout_ms = 100;
  for (bool prepared : {true, false}) {
    options.prepared = prepared;
    auto database = open();
    const Work sleep = [](Session& session) -> Task<void> { co_await session.query("SELECT pg_sleep(30)"); };
    std::future<void> reading = start(database->read(sleep)), writing = start(database->write(sleep));
    const auto read_error = error_of(reading), write_error = error_of(writing);
    ASSERT_TRUE(read_error && write_error);
    EXPECT_EQ(read_error->kind, Kind::busy);
    EXPECT_EQ(write_error->kind, Kind::busy);
  }
}

TEST_F(PostgresContract, OtherNodesChangesOfTheSchemaAreNoticed) {
  auto mine = open(), theirs = open();
  execute(*mine, "CREATE TABLE t (x INTEGER)");
  execute(*mine, "INSERT INTO t VALUES (1)");
  auto columns = [&](bool in_transaction) {
    std::size_t out = 0;
    const Work work = [&](Session& session) -> Task<void> {
      out = (co_await session.query("SELECT * FROM t")).columns();
    };
    loop.run(in_transaction ? mine->write(work) : mine->read(work));
    return out;
  };
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(columns(false), 1u);
    EXPECT_EQ(columns(true), 1u);
  }
  execute(*theirs, "ALTER TABLE t ADD COLUMN y INTEGER, ALTER COLUMN x TYPE TEXT");
  EXPECT_EQ(columns(false), 2u);
  EXPECT_EQ(columns(true), 2u);
}

TEST_F(PostgresContract, ASlowReadDoesNotHoldUpTheOthers) {
  options.read_connections = 2;
  auto database = open();
  // What comes while the other connection is still being made, or within the first moments of the slow one,
  // is sent behind it.
  ASSERT_TRUE(until([&] { return backends("state = 'idle'") == 2; }));
  const Work sleep = [](Session& session) -> Task<void> { co_await session.query("SELECT pg_sleep(20)"); };
  std::future<void> slow = start(database->read(sleep));
  ASSERT_TRUE(until([&] { return backends("state = 'active'") == 1; }));
  for (int i = 0; i < 200; ++i) ASSERT_EQ(read_number(*database, "SELECT 1"), 1);
  EXPECT_EQ(slow.wait_for(0s), std::future_status::timeout);
  terminate("state = 'active'");
  EXPECT_TRUE(error_of(slow));
}

TEST_F(PostgresContract, ClosingLetsWhatRunsEnd) {
  auto database = open();
  execute(*database, "CREATE TABLE t (x INTEGER)");
  const Work work = [](Session& session) -> Task<void> {
    co_await session.query("SELECT pg_sleep(0.5)");
    co_await session.execute("INSERT INTO t VALUES (1)");
  };
  std::future<void> ended = start(database->write(work));
  ASSERT_TRUE(until([&] { return backends("state = 'active'") == 1; }));
  database.reset();
  EXPECT_FALSE(error_of(ended));
  auto again = open();
  EXPECT_EQ(read_number(*again, "SELECT count(*) FROM t"), 1);
}

TEST_F(PostgresContract, ClosingDoesNotWaitForEver) {
  options.close_timeout_ms = 300;
  auto database = open();
  const Work work = [](Session& session) -> Task<void> { co_await session.query("SELECT pg_sleep(100)"); };
  std::future<void> reading = start(database->read(work)), writing = start(database->write(work));
  ASSERT_TRUE(until([&] { return backends("state = 'active'") == 2; }));
  database.reset();
  const auto read_error = error_of(reading), write_error = error_of(writing);
  ASSERT_TRUE(read_error && write_error);
  EXPECT_EQ(read_error->kind, Kind::unavailable);
  EXPECT_EQ(write_error->kind, Kind::unavailable);
  terminate();
}

/// What a subscription has heard, in order.
struct Heard {
  void operator()(const std::string& payload) {
    std::lock_guard lock(mutex);
    payloads.push_back(payload);
  }
  std::size_t count(std::string_view payload) {
    std::lock_guard lock(mutex);
    return static_cast<std::size_t>(std::ranges::count(payloads, payload));
  }
  std::mutex mutex;
  std::vector<std::string> payloads;
};

struct PostgresNotificationsContract : PostgresContract {
  std::unique_ptr<postgres::PostgresNotifications> listener =
      std::make_unique<postgres::PostgresNotifications>(options, loop.executor());
  const std::string channel = "Chan \"nel\" " + app;

  void TearDown() override {
    if (listener) loop.run(listener->close());
  }
};

TEST_F(PostgresNotificationsContract, HearsWhatIsCommittedAndNothingElse) {
  auto database = open();
  Heard heard, other;
  auto mine = listener->subscribe(channel, [&](const std::string& payload) { heard(payload); });
  auto another = listener->subscribe(channel + "2", [&](const std::string& payload) { other(payload); });
  ASSERT_TRUE(until([&] { return heard.count("") == 1 && other.count("") == 1; }))
      << "told when it has begun";
  const Work dropped = [&](Session& session) -> Task<void> {
    co_await session.query(postgres::notify_statement(channel, "never"));
    throw std::runtime_error("rolled back");
  };
  EXPECT_THROW(loop.run(database->write(dropped)), std::runtime_error);
  const Work kept = [&](Session& session) -> Task<void> {
    co_await session.query(postgres::notify_statement(channel, "one"));
    co_await session.query(postgres::notify_statement(channel, "two"));
  };
  loop.run(database->write(kept));
  loop.run(listener->notify(channel, "three"));
  ASSERT_TRUE(until([&] { return heard.count("three") == 1; }));
  EXPECT_EQ(heard.payloads, (std::vector<std::string>{"", "one", "two", "three"}));
  EXPECT_EQ(other.payloads, std::vector<std::string>{""});
}

TEST_F(PostgresNotificationsContract, EveryCallbackIsCalledOnceAfterTheConnectionWasLost) {
  Heard one, two;
  auto first = listener->subscribe(channel, [&](const std::string& payload) { one(payload); });
  auto second = listener->subscribe(channel, [&](const std::string& payload) { two(payload); });
  ASSERT_TRUE(until([&] { return one.count("") == 1 && two.count("") == 1; }));
  for (std::size_t round = 2; round <= 4; ++round) {
    terminate();
    ASSERT_TRUE(until([&] { return one.count("") == round && two.count("") == round; }));
    const std::string text = std::to_string(round);
    loop.run(listener->notify(channel, text));
    ASSERT_TRUE(until([&] { return one.count(text) == 1 && two.count(text) == 1; }));
  }
  EXPECT_EQ(one.count(""), 4u);
}

TEST_F(PostgresNotificationsContract, NothingIsHeardAfterTheEndOfASubscription) {
  Heard one, two;
  auto first = listener->subscribe(channel, [&](const std::string& payload) { one(payload); });
  auto second = listener->subscribe(channel, [&](const std::string& payload) { two(payload); });
  ASSERT_TRUE(until([&] { return one.count("") == 1 && two.count("") == 1; }));
  first.reset();
  loop.run(listener->notify(channel, "x"));
  ASSERT_TRUE(until([&] { return two.count("x") == 1; }));
  EXPECT_EQ(one.count("x"), 0u);
  second.reset();
  auto third = listener->subscribe(channel, [&](const std::string& payload) { one(payload); });
  ASSERT_TRUE(until([&] { return one.count("") == 2; })) << "listens again";
  loop.run(listener->close());
  listener.reset();
  third.reset();  // it may outlive the notifications
}

TEST_F(PostgresNotificationsContract, RefusesWhatItCannotCarry) {
  EXPECT_THROW(listener->subscribe("", [](const std::string&) {}), SqlError);
  EXPECT_THROW(listener->subscribe(std::string(64, 'c'), [](const std::string&) {}), SqlError);
  EXPECT_THROW(loop.run(listener->notify(channel, std::string(8'000, 'x'))), SqlError);
  loop.run(listener->notify(channel, std::string(7'999, 'x')));
}

}  // namespace
}  // namespace flotilla::contract
