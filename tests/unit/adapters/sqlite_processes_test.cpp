// Several processes on one file, and processes that die.
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "unit/adapters/sqlite_support.hpp"

namespace flotilla::sqlite::test {
namespace {

Fragment insert(std::int64_t x) {
  Fragment sql = "INSERT INTO t (x) VALUES (";
  sql.bind(x);
  sql.text += ")";
  return sql;
}

/// `coroutines` loops that write x = start, start + 1, ... until `total`; `acknowledged` hears of each.
void write_numbers(data::Database& db, std::int64_t start, std::int64_t total, int coroutines,
                   std::function<void(std::int64_t)> acknowledged) {
  boost::asio::io_context io;
  std::int64_t next = 0;
  for (int c = 0; c < coroutines; ++c) {
    spawn(io, [&]() -> Task<void> {
      while (next < total) {
        const std::int64_t number = start + next++;
        Work work = [number](Session& session) -> Task<void> { co_await session.execute(insert(number)); };
        co_await db.write(work);
        acknowledged(number);
      }
    });
  }
  io.run();
}

TEST(SqliteProcessesTest, AcknowledgedWritesSurviveSigkill) {
  for (std::size_t enough : {1u, 37u, 300u, 2'000u}) {
    TempFolder folder;
    const std::string path = folder.file("app.db");
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_ends[0]);
      auto db = open_sqlite({.path = path});
      execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
      write_numbers(*db, 0, 1'000'000, 16, [&](std::int64_t number) {
        if (::write(pipe_ends[1], &number, sizeof number) != sizeof number) _exit(1);
      });
      _exit(0);
    }
    close(pipe_ends[1]);
    std::set<std::int64_t> acknowledged;
    std::int64_t number = 0;
    bool killed = false;
    while (::read(pipe_ends[0], &number, sizeof number) == sizeof number) {
      acknowledged.insert(number);
      if (!killed && acknowledged.size() >= enough) killed = kill(child, SIGKILL) == 0;
    }
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    auto db = open_sqlite({.path = path});
    EXPECT_EQ(select(*db, "PRAGMA integrity_check").at(0, 0).as_text(), "ok");
    Rows rows = select(*db, "SELECT x FROM t");
    std::set<std::int64_t> there;
    for (std::size_t i = 0; i < rows.size(); ++i) there.insert(rows.at(i, 0).as_int());
    EXPECT_EQ(there.size(), rows.size());
    EXPECT_GE(acknowledged.size(), enough);
    for (std::int64_t x : acknowledged)
      EXPECT_TRUE(there.contains(x)) << x << " was acknowledged and is lost";
  }
}

TEST(SqliteProcessesTest, TwoProcessesWriteAtOnce) {
  constexpr std::int64_t kEach = 1'500;
  TempFolder folder;
  const std::string path = folder.file("app.db");
  {
    auto db = open_sqlite({.path = path});
    execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, x UNIQUE)");
  }
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      auto db = open_sqlite({.path = path, .busy_timeout_ms = 30'000});
      write_numbers(*db, 0, kEach, 16, [](std::int64_t) {});
      db.reset();
      _exit(0);
    } catch (const std::exception& error) {
      fprintf(stderr, "child: %s\n", error.what());
      _exit(1);
    }
  }
  {
    auto db = open_sqlite({.path = path, .busy_timeout_ms = 30'000});
    write_numbers(*db, kEach, kEach, 16, [](std::int64_t) {});
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_EQ(count(*db, "t"), 2 * kEach);
    EXPECT_EQ(select(*db, "PRAGMA integrity_check").at(0, 0).as_text(), "ok");
  }
}

TEST(SqliteProcessesTest, ManyProcessesOpenANewFileAtOnce) {
  TempFolder folder;
  const std::string path = folder.file("new/app.db");
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        auto db = open_sqlite({.path = path, .busy_timeout_ms = 30'000});
        execute(*db, "CREATE TABLE IF NOT EXISTS t (x)");
        execute(*db, insert(i));
        db.reset();
        _exit(0);
      } catch (const std::exception& error) {
        fprintf(stderr, "child: %s\n", error.what());
        _exit(1);
      }
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  auto db = open_sqlite({.path = path});
  EXPECT_EQ(count(*db, "t"), 6);
}

}  // namespace
}  // namespace flotilla::sqlite::test
