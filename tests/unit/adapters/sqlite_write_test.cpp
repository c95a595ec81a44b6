// Group commit: what writes of one group share, and what they do not.
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <semaphore>

#include "unit/adapters/sqlite_support.hpp"

namespace flotilla::sqlite::test {
namespace {

using Kind = SqlError::Kind;

struct SqliteWriteTest : testing::Test {
  TempFolder folder;
  std::vector<std::size_t> commits;
  SqliteOptions options{.path = folder.file("app.db"),
                        .group_max_ms = 60'000,
                        .on_commit = [this](std::size_t works) { commits.push_back(works); }};
  std::unique_ptr<data::Database> db;
  boost::asio::io_context io;
  std::binary_semaphore gate{0};
  std::vector<std::string> outcomes;

  void open() {
    db = open_sqlite(options);
    execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, x UNIQUE)");
    commits.clear();
  }

  /// Queues a write; its outcome is "ok", the kind of SqlError or what the exception says.
  void queue(Work work) {
    const std::size_t number = outcomes.size();
    outcomes.emplace_back("unfinished");
    spawn(
        io, [this, work]() -> Task<void> { co_await db->write(work); },
        [this, number](std::exception_ptr error) {
          outcomes[number] = "ok";
          try {
            if (error) std::rethrow_exception(error);
          } catch (const SqlError& e) {
            outcomes[number] = e.kind == Kind::unique        ? "unique"
                               : e.kind == Kind::unavailable ? "unavailable"
                               : e.kind == Kind::busy        ? "busy"
                                                             : e.what();
          } catch (const std::exception& e) {
            outcomes[number] = e.what();
          }
        });
  }
  void queue_insert(std::int64_t x) {
    queue([x](Session& session) -> Task<void> { co_await insert(session, x); });
  }
  static Task<void> insert(Session& session, std::int64_t x) {
    Fragment sql = "INSERT INTO t (x) VALUES (";
    sql.bind(x);
    sql.text += ")";
    co_await session.execute(sql);
  }
  /// The first write holds the writer until all others are queued, so that they form one group.
  void queue_gate(Work then = [](Session&) -> Task<void> { co_return; }) {
    queue([this, then](Session& session) -> Task<void> {
      gate.acquire();
      co_await then(session);
    });
  }
  void run_all() {
    spawn(io, [this]() -> Task<void> {
      gate.release();
      co_return;
    });
    io.run();
    io.restart();
  }
  std::string rows() {
    std::string out;
    Rows all = select(*db, "SELECT x FROM t ORDER BY x");
    for (std::size_t i = 0; i < all.size(); ++i) out += (i ? "," : "") + all.at(i, 0).as_text();
    return out;
  }
};

TEST_F(SqliteWriteTest, WaitingWritesShareOneCommit) {
  open();
  queue_gate();
  for (int i = 1; i < 64; ++i) queue_insert(i);
  run_all();
  EXPECT_EQ(outcomes, std::vector<std::string>(64, "ok"));
  EXPECT_EQ(commits, std::vector<std::size_t>{64});
  EXPECT_EQ(count(*db, "t"), 63);
}

TEST_F(SqliteWriteTest, AGroupHasAnUpperBound) {
  options.group_max_works = 4;
  open();
  queue_gate();
  for (int i = 1; i < 10; ++i) queue_insert(i);
  run_all();
  EXPECT_EQ(commits, (std::vector<std::size_t>{4, 4, 2}));
  EXPECT_EQ(count(*db, "t"), 9);
}

TEST_F(SqliteWriteTest, AGroupEndsWhenItsTimeIsOver) {
  options.group_max_ms = 0;
  open();
  queue_gate();
  for (int i = 1; i < 5; ++i) queue_insert(i);
  run_all();
  EXPECT_EQ(commits, std::vector<std::size_t>(5, 1));
}

TEST_F(SqliteWriteTest, AThrowingWorkTakesNothingOfTheOthers) {
  open();
  queue_gate();
  for (int i = 1; i < 10; ++i) {
    if (i % 3 != 0)
      queue_insert(i);
    else
      queue([i](Session& session) -> Task<void> {
        co_await insert(session, i);
        co_await insert(session, 100 + i);
        throw std::runtime_error("changed my mind");
      });
  }
  run_all();
  EXPECT_EQ(outcomes, (std::vector<std::string>{"ok", "ok", "ok", "changed my mind", "ok", "ok",
                                                "changed my mind", "ok", "ok", "changed my mind"}));
  EXPECT_EQ(rows(), "1,2,4,5,7,8");
  EXPECT_EQ(commits, std::vector<std::size_t>{7});
}

TEST_F(SqliteWriteTest, TheFirstMayThrowToo) {
  open();
  queue_gate([](Session& session) -> Task<void> {
    co_await insert(session, 1);
    throw std::runtime_error("first");
  });
  queue([](Session& session) -> Task<void> {
    co_await insert(session, 2);
    throw std::runtime_error("second");
  });
  queue_insert(3);
  queue_insert(4);
  run_all();
  EXPECT_EQ(outcomes, (std::vector<std::string>{"first", "second", "ok", "ok"}));
  EXPECT_EQ(rows(), "3,4");
}

TEST_F(SqliteWriteTest, OnlyThrowingWorksLeaveNoCommit) {
  open();
  queue_gate([](Session&) -> Task<void> {
    throw std::runtime_error("no");
    co_return;
  });
  run_all();
  EXPECT_TRUE(commits.empty());
  queue_insert(1);
  run_all();
  EXPECT_EQ(rows(), "1");
}

TEST_F(SqliteWriteTest, AConstraintFailsItsOwnWorkOnly) {
  open();
  queue_gate();
  queue_insert(1);
  queue_insert(1);
  queue_insert(2);
  run_all();
  EXPECT_EQ(outcomes, (std::vector<std::string>{"ok", "ok", "unique", "ok"}));
  EXPECT_EQ(rows(), "1,2");
}

TEST_F(SqliteWriteTest, AWorkMayCatchAnErrorAndGoOn) {
  open();
  execute(*db, "INSERT INTO t (x) VALUES (1)");
  queue_gate();
  queue([](Session& session) -> Task<void> {
    bool taken = false;
    try {
      co_await insert(session, 1);
    } catch (const SqlError&) {
      taken = true;
    }
    co_await insert(session, taken ? 10 : 20);
  });
  run_all();
  EXPECT_EQ(rows(), "1,10");
}

TEST_F(SqliteWriteTest, WhenSqliteUndoesTheTransactionTheWholeGroupFails) {
  open();
  queue_gate();
  queue_insert(1);
  queue([](Session& session) -> Task<void> {
    co_await insert(session, 2);
    try {
      co_await session.execute("INSERT OR ROLLBACK INTO t (x) VALUES (1)");
    } catch (const SqlError&) {
    }
    co_await insert(session, 3);  // would be a commit of its own
  });
  queue_insert(4);
  run_all();
  EXPECT_EQ(outcomes, (std::vector<std::string>{"unavailable", "unavailable", "unavailable", "ok"}));
  EXPECT_EQ(rows(), "4");
}

TEST_F(SqliteWriteTest, AFullDatabaseFailsCleanly) {
  open();
  queue([](Session& session) -> Task<void> { co_await session.query("PRAGMA max_page_count = 64"); });
  run_all();
  outcomes.clear();
  queue_gate();
  queue_insert(1);
  queue([](Session& session) -> Task<void> {
    co_await session.execute("INSERT INTO t (x) VALUES (zeroblob(1000000))");
  });
  queue_insert(2);
  run_all();
  EXPECT_EQ(outcomes[2], "unavailable");
  std::string expected = outcomes[1] == "ok" ? "1" : "";
  if (outcomes[3] == "ok") expected += expected.empty() ? "2" : ",2";
  EXPECT_EQ(rows(), expected) << "what was acknowledged, and only that, is there";
  queue_insert(3);
  run_all();
  EXPECT_EQ(outcomes[4], "ok");
}

/// While it lives, no file of this process may grow beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    rlimit now{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

TEST_F(SqliteWriteTest, AFailedCommitFailsEveryWorkOfTheGroup) {
  open();
  execute(*db, "INSERT INTO t (x) VALUES (1)");
  commits.clear();
  const auto wal_bytes = std::filesystem::file_size(options.path + "-wal");
  queue_gate();
  for (int i = 2; i < 6; ++i) queue_insert(i);
  queue([](Session&) -> Task<void> {
    throw std::runtime_error("mine");
    co_return;
  });
  {
    FileSizeLimit limit(wal_bytes);
    run_all();
  }
  EXPECT_EQ(outcomes, (std::vector<std::string>{"unavailable", "unavailable", "unavailable", "unavailable",
                                                "unavailable", "mine"}));
  EXPECT_TRUE(commits.empty());
  EXPECT_EQ(rows(), "1");
  queue_insert(7);
  run_all();
  EXPECT_EQ(outcomes.back(), "ok") << "the connection works again";
  EXPECT_EQ(rows(), "1,7");
  EXPECT_EQ(select(*db, "PRAGMA integrity_check").at(0, 0).as_text(), "ok");
}

TEST_F(SqliteWriteTest, AnotherWriterIsWaitedForUpToTheTimeout) {
  options.busy_timeout_ms = 30;
  open();
  Stranger stranger(options.path);
  stranger.run("BEGIN IMMEDIATE; INSERT INTO t (x) VALUES (100)");
  EXPECT_EQ(error_of([&] { execute(*db, "INSERT INTO t (x) VALUES (1)"); }).kind, Kind::busy);
  EXPECT_EQ(count(*db, "t"), 0) << "reads are not held up";
  for (int i = 0; i < 5; ++i) queue_insert(i);
  run_all();
  EXPECT_EQ(outcomes, std::vector<std::string>(5, "busy"));
  stranger.run("COMMIT");
  EXPECT_EQ(execute(*db, "INSERT INTO t (x) VALUES (1)"), 1);
  EXPECT_EQ(rows(), "1,100");
}

TEST_F(SqliteWriteTest, GoesOnWhenAnotherWriterLetsGo) {
  options.busy_timeout_ms = 60'000;
  open();
  Stranger stranger(options.path);
  stranger.run("BEGIN IMMEDIATE; INSERT INTO t (x) VALUES (100)");
  queue_insert(1);
  queue_insert(2);
  io.poll();  // both are queued
  stranger.run("COMMIT");
  run_all();
  EXPECT_EQ(outcomes, (std::vector<std::string>{"ok", "ok"}));
  EXPECT_EQ(rows(), "1,2,100");
}

TEST_F(SqliteWriteTest, ClosingFinishesWhatIsQueued) {
  open();
  for (int i = 0; i < 50; ++i) queue_insert(i);
  io.poll();
  db.reset();
  io.restart();
  io.run();
  EXPECT_EQ(outcomes, std::vector<std::string>(50, "ok"));
  db = open_sqlite({.path = options.path});
  EXPECT_EQ(count(*db, "t"), 50);
}

TEST_F(SqliteWriteTest, AnAbandonedLoopTakesItsWaitingCoroutinesAlong) {
  open();
  auto alive = std::make_shared<int>(1);
  {
    boost::asio::io_context abandoned;
    spawn(abandoned, [&, alive]() -> Task<void> {
      auto local = alive;
      Work work = [](Session&) -> Task<void> { co_return; };
      co_await db->write(work);
    });
    abandoned.poll();
    db.reset();  // the answer is delivered to a loop that does not run
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(SqliteWriteTest, SchemaChangesAreTransactional) {
  open();
  queue_gate();
  queue([](Session& session) -> Task<void> {
    co_await session.execute("CREATE TABLE kept (x)");
    co_await session.execute("INSERT INTO kept VALUES (1)");
  });
  queue([](Session& session) -> Task<void> {
    co_await session.execute("CREATE TABLE gone (x)");
    co_await session.execute("ALTER TABLE kept ADD COLUMN y");
    throw std::runtime_error("no");
  });
  run_all();
  EXPECT_EQ(select(*db, "SELECT * FROM kept").columns(), 1u);
  EXPECT_EQ(error_of([&] { select(*db, "SELECT * FROM gone"); }).kind, Kind::unknown_name);
}

TEST_F(SqliteWriteTest, ReturningGivesRows) {
  open();
  std::int64_t id = 0;
  write(*db, [&](Session& session) -> Task<void> {
    id = (co_await session.query("INSERT INTO t (x) VALUES (5) RETURNING id")).at(0, 0).as_int();
  });
  EXPECT_EQ(id, 1);
  EXPECT_EQ(rows(), "5");
}

}  // namespace
}  // namespace flotilla::sqlite::test
