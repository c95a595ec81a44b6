// Opening, reading, values and errors.
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <future>
#include <limits>
#include <semaphore>
#include <thread>

#include "unit/adapters/sqlite_support.hpp"

namespace flotilla::sqlite::test {
namespace {

using Kind = SqlError::Kind;

struct SqliteDatabaseTest : testing::Test {
  TempFolder folder;
  SqliteOptions options{.path = folder.file("a/b/app.db")};
  std::unique_ptr<data::Database> db = open_sqlite(options);
};

TEST_F(SqliteDatabaseTest, CreatesFolderAndFileInWalMode) {
  EXPECT_TRUE(std::filesystem::exists(options.path));
  EXPECT_EQ(select(*db, "PRAGMA journal_mode").at(0, 0).as_text(), "wal");
  EXPECT_EQ(select(*db, "PRAGMA query_only").at(0, 0).as_int(), 1);
  EXPECT_EQ(select(*db, "PRAGMA foreign_keys").at(0, 0).as_int(), 0);
  EXPECT_EQ(db->dialect().name(), "sqlite");
}

TEST_F(SqliteDatabaseTest, WritesAreSyncedFullyByDefault) {
  std::int64_t level = -1;
  write(*db, [&](Session& session) -> Task<void> {
    level = (co_await session.query("PRAGMA synchronous")).at(0, 0).as_int();
  });
  EXPECT_EQ(level, 2);
}

TEST_F(SqliteDatabaseTest, EveryKindOfValueComesBack) {
  execute(*db, "CREATE TABLE v (id INTEGER PRIMARY KEY, value)");
  const std::vector<Param> values{
      std::monostate{},
      true,
      false,
      std::int64_t{0},
      std::numeric_limits<std::int64_t>::min(),
      std::numeric_limits<std::int64_t>::max(),
      0.1,
      -1e300,
      std::string(),
      std::string("it's \"quoted\" \\ % _"),
      std::string("a\0b", 3),
      std::string("Grüße, Ωmega, 😀"),
      data::Blob{},
      data::Blob{std::string("\xff\0\x01", 3)},
  };
  for (const Param& value : values) {
    Fragment sql = "INSERT INTO v (value) VALUES (";
    sql.bind(value);
    sql.text += ")";
    EXPECT_EQ(execute(*db, sql), 1);
  }
  Rows rows = select(*db, "SELECT value FROM v ORDER BY id");
  ASSERT_EQ(rows.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const data::Cell& cell = rows.at(i, 0);
    SCOPED_TRACE(i);
    if (auto* flag = std::get_if<bool>(&values[i])) {
      ASSERT_EQ(cell.kind, data::Cell::Kind::integer);
      EXPECT_EQ(cell.integer, *flag ? 1 : 0);
    } else if (auto* number = std::get_if<std::int64_t>(&values[i])) {
      ASSERT_EQ(cell.kind, data::Cell::Kind::integer);
      EXPECT_EQ(cell.integer, *number);
    } else if (auto* real = std::get_if<double>(&values[i])) {
      ASSERT_EQ(cell.kind, data::Cell::Kind::real);
      EXPECT_EQ(cell.real, *real);
    } else if (auto* text = std::get_if<std::string>(&values[i])) {
      ASSERT_EQ(cell.kind, data::Cell::Kind::text);
      EXPECT_EQ(cell.text(), *text);
    } else if (auto* blob = std::get_if<data::Blob>(&values[i])) {
      ASSERT_EQ(cell.kind, data::Cell::Kind::blob);
      EXPECT_EQ(cell.text(), blob->bytes);
    } else {
      EXPECT_TRUE(cell.is_null());
    }
  }
}

TEST_F(SqliteDatabaseTest, ManyRowsWithTheirColumnNames) {
  Rows rows = select(*db,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
                     "SELECT i AS id, 'text of row ' || i AS name, NULL AS nil FROM n");
  ASSERT_EQ(rows.size(), 5000u);
  EXPECT_EQ(rows.column("name"), 1);
  EXPECT_EQ(rows.at(4999, 0).as_int(), 5000);
  EXPECT_EQ(rows.at(0, 1).text(), "text of row 1");
  EXPECT_EQ(rows.at(4999, 1).text(), "text of row 5000");
  EXPECT_TRUE(rows.at(4999, 2).is_null());
  EXPECT_EQ(select(*db, "SELECT 1 AS x WHERE 0").column("x"), 0);
}

TEST_F(SqliteDatabaseTest, CountsTouchedRows) {
  EXPECT_EQ(execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, x)"), 0);
  EXPECT_EQ(execute(*db, "INSERT INTO t (x) VALUES (1), (2), (3)"), 3);
  EXPECT_EQ(execute(*db, "UPDATE t SET x = 9 WHERE id > 1"), 2);
  EXPECT_EQ(execute(*db, "UPDATE t SET x = 9 WHERE id > 100"), 0);
  EXPECT_EQ(execute(*db, "CREATE INDEX i ON t (x)"), 0);
  EXPECT_EQ(execute(*db, "DELETE FROM t"), 3);
}

TEST_F(SqliteDatabaseTest, ReadsSeeWhatWriteHasAcknowledged) {
  execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY)");
  run([&]() -> Task<void> {
    for (std::int64_t i = 1; i <= 200; ++i) {
      Work insert = [&](Session& session) -> Task<void> {
        co_await session.execute("INSERT INTO t DEFAULT VALUES");
      };
      co_await db->write(insert);
      std::int64_t seen = 0;
      Work look = [&](Session& session) -> Task<void> {
        seen = (co_await session.query("SELECT count(*) FROM t")).at(0, 0).as_int();
      };
      co_await db->read(look);
      EXPECT_EQ(seen, i);
    }
  });
}

TEST_F(SqliteDatabaseTest, ReadsMayNotWrite) {
  execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY)");
  for (const char* sql : {"INSERT INTO t DEFAULT VALUES", "CREATE TABLE u (x)", "DROP TABLE t"}) {
    SqlError error =
        error_of([&] { read(*db, [&](Session& session) -> Task<void> { co_await session.execute(sql); }); });
    EXPECT_EQ(error.kind, Kind::other) << error.what();
    EXPECT_NE(std::string(error.what()).find("must not write"), std::string::npos) << error.what();
  }
  EXPECT_EQ(count(*db, "t"), 0);
}

TEST_F(SqliteDatabaseTest, ErrorsOfAWorkReachTheCaller) {
  EXPECT_THROW(read(*db,
                    [](Session&) -> Task<void> {
                      throw std::out_of_range("mine");
                      co_return;
                    }),
               std::out_of_range);
  EXPECT_EQ(select(*db, "SELECT 1").size(), 1u);
}

TEST_F(SqliteDatabaseTest, UniqueNamesTableAndColumns) {
  execute(*db, "CREATE TABLE tags (id INTEGER PRIMARY KEY, name, x, y)");
  execute(*db, "CREATE UNIQUE INDEX tags_name_x ON tags (name, x)");
  execute(*db, "CREATE UNIQUE INDEX tags_y ON tags (lower(y))");
  execute(*db, "INSERT INTO tags VALUES (1, 'a', 1, 'Y')");
  SqlError two = error_of([&] { execute(*db, "INSERT INTO tags VALUES (2, 'a', 1, 'Z')"); });
  EXPECT_EQ(two.kind, Kind::unique);
  EXPECT_EQ(two.table, "tags");
  EXPECT_EQ(two.columns, (std::vector<std::string>{"name", "x"}));
  SqlError key = error_of([&] { execute(*db, "INSERT INTO tags VALUES (1, 'b', 1, 'Z')"); });
  EXPECT_EQ(key.kind, Kind::unique);
  EXPECT_EQ(key.columns, std::vector<std::string>{"id"});
  SqlError expression = error_of([&] { execute(*db, "INSERT INTO tags VALUES (3, 'c', 1, 'y')"); });
  EXPECT_EQ(expression.kind, Kind::unique);
  EXPECT_TRUE(expression.columns.empty());
}

TEST_F(SqliteDatabaseTest, NotNullNamesTheColumn) {
  execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, \"the name\" TEXT NOT NULL)");
  SqlError error = error_of([&] { execute(*db, "INSERT INTO t (id) VALUES (1)"); });
  EXPECT_EQ(error.kind, Kind::not_null);
  EXPECT_EQ(error.table, "t");
  EXPECT_EQ(error.columns, std::vector<std::string>{"the name"});
}

TEST_F(SqliteDatabaseTest, UnknownNamesSyntaxAndValues) {
  execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
  execute(*db, "CREATE TABLE strict_t (n INTEGER) STRICT");
  execute(*db, "CREATE TABLE checked (n CHECK (n > 0))");
  auto fail = [&](const char* sql) { return error_of([&] { execute(*db, sql); }); };

  SqlError column = fail("SELECT t.\"nope\" FROM t");
  EXPECT_EQ(column.kind, Kind::unknown_name) << column.what();
  EXPECT_EQ(column.columns, std::vector<std::string>{"nope"});
  EXPECT_EQ(fail("SELECT \"nope\" FROM t").kind, Kind::unknown_name);  // not the text 'nope'
  SqlError table = fail("SELECT 1 FROM missing");
  EXPECT_EQ(table.kind, Kind::unknown_name);
  EXPECT_EQ(table.table, "missing");
  SqlError insert = fail("INSERT INTO t (y) VALUES (1)");
  EXPECT_EQ(insert.kind, Kind::unknown_name);
  EXPECT_EQ(insert.table, "t");
  EXPECT_EQ(insert.columns, std::vector<std::string>{"y"});
  EXPECT_EQ(fail("SELECT id FROM t AS a, t AS b").kind, Kind::unknown_name);
  EXPECT_EQ(fail("SELEC 1").kind, Kind::syntax);
  EXPECT_EQ(fail("SELECT (1").kind, Kind::syntax);
  EXPECT_EQ(fail("").kind, Kind::syntax);
  EXPECT_EQ(fail("SELECT 1; DROP TABLE t").kind, Kind::syntax);
  EXPECT_EQ(fail("INSERT INTO t (id) VALUES ('x')").kind, Kind::invalid_value);
  EXPECT_EQ(fail("INSERT INTO strict_t VALUES ('x')").kind, Kind::invalid_value);
  EXPECT_EQ(fail("INSERT INTO checked VALUES (0)").kind, Kind::invalid_value);
  EXPECT_EQ(fail("SELECT json_extract('{', '$')").kind, Kind::invalid_value);
  EXPECT_EQ(fail("SELECT regexp('(', 'x')").kind, Kind::invalid_value);
  EXPECT_EQ(count(*db, "t"), 0);
}

TEST_F(SqliteDatabaseTest, WrongNumberOfValues) {
  Fragment sql = "SELECT ";
  sql.bind(std::int64_t{1});
  sql.params.clear();
  EXPECT_EQ(error_of([&] { select(*db, sql); }).kind, Kind::other);
}

TEST_F(SqliteDatabaseTest, CachedStatementsSurviveForeignSchemaChanges) {
  SqliteOptions one{.path = folder.file("one.db"), .reader_threads = 1};
  auto single = open_sqlite(one);
  execute(*single, "CREATE TABLE t (a)");
  execute(*single, "INSERT INTO t VALUES (1)");
  EXPECT_EQ(select(*single, "SELECT * FROM t").columns(), 1u);
  Stranger stranger(one.path);
  stranger.run("ALTER TABLE t ADD COLUMN b DEFAULT 'new'");
  Rows rows = select(*single, "SELECT * FROM t");
  ASSERT_EQ(rows.columns(), 2u);
  EXPECT_EQ(rows.column("b"), 1);
  EXPECT_EQ(rows.at(0, 1).text(), "new");
  stranger.run("ALTER TABLE t RENAME COLUMN b TO c");
  EXPECT_EQ(select(*single, "SELECT * FROM t").column("c"), 1);
  stranger.run("ALTER TABLE t DROP COLUMN c");
  EXPECT_EQ(select(*single, "SELECT * FROM t").columns(), 1u);
  stranger.run("DROP TABLE t");
  EXPECT_EQ(error_of([&] { select(*single, "SELECT * FROM t"); }).kind, Kind::unknown_name);
}

TEST_F(SqliteDatabaseTest, MoreStatementsThanTheCacheHolds) {
  SqliteOptions small{.path = folder.file("small.db"), .reader_threads = 1, .statement_cache_size = 2};
  auto single = open_sqlite(small);
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(select(*single, Fragment("SELECT " + std::to_string(i))).at(0, 0).as_int(), i);
  std::string huge = "SELECT 7 /*" + std::string(100'000, 'x') + "*/";
  EXPECT_EQ(select(*single, Fragment(huge)).at(0, 0).as_int(), 7);
  EXPECT_EQ(select(*single, Fragment(huge)).at(0, 0).as_int(), 7);
}

TEST_F(SqliteDatabaseTest, ResumesOnTheLoopAndOnTheStrandOfTheCaller) {
  boost::asio::io_context io;
  auto strand = boost::asio::make_strand(io);
  bool same_thread = false, in_strand = false;
  std::atomic<bool> elsewhere{false};
  const auto me = std::this_thread::get_id();
  Work work = [&](Session&) -> Task<void> {
    elsewhere = std::this_thread::get_id() != me;
    co_return;
  };
  spawn(io, [&]() -> Task<void> {
    co_await db->read(work);
    same_thread = std::this_thread::get_id() == me;
  });
  auto body = [&]() -> Task<void> {
    co_await db->read(work);
    in_strand = strand.running_in_this_thread();
  };
  boost::asio::co_spawn(strand, body, [](std::exception_ptr) {});
  io.run();
  EXPECT_TRUE(same_thread);
  EXPECT_TRUE(elsewhere);
  EXPECT_TRUE(in_strand);
}

TEST_F(SqliteDatabaseTest, ManyLoopsAtOnce) {
  std::atomic<int> right{0};
  auto loop = [&](int number) {
    boost::asio::io_context io;
    for (int c = 0; c < 16; ++c) {
      spawn(io, [&, number]() -> Task<void> {
        for (std::int64_t i = 0; i < 200; ++i) {
          std::int64_t got = -1;
          Fragment sql = "SELECT ";
          sql.bind(i * 10 + number);
          Work work = [&](Session& session) -> Task<void> {
            got = (co_await session.query(sql)).at(0, 0).as_int();
          };
          co_await db->read(work);
          if (got == i * 10 + number) ++right;
        }
      });
    }
    io.run();
  };
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) threads.emplace_back(loop, t);
  threads.clear();
  EXPECT_EQ(right, 3 * 16 * 200);
}

TEST_F(SqliteDatabaseTest, AWorkThatWaitsLeavesTheOtherReaderFree) {
  boost::asio::io_context io;
  std::promise<boost::asio::steady_timer*> waiting;
  bool finished = false;
  spawn(io, [&]() -> Task<void> {
    Work work = [&](Session& session) -> Task<void> {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                      boost::asio::steady_timer::time_point::max());
      waiting.set_value(&timer);
      try {
        co_await timer.async_wait(boost::asio::use_awaitable);
      } catch (const boost::system::system_error&) {
      }
      EXPECT_EQ((co_await session.query("SELECT 5")).at(0, 0).as_int(), 5);
    };
    co_await db->read(work);
    finished = true;
  });
  spawn(io, [&]() -> Task<void> {
    auto* timer = waiting.get_future().get();
    for (int i = 0; i < 50; ++i) {
      Work work = [](Session& session) -> Task<void> { co_await session.query("SELECT 1"); };
      co_await db->read(work);
    }
    EXPECT_FALSE(finished);
    boost::asio::post(timer->get_executor(), [timer] { timer->cancel(); });
  });
  io.run();
  EXPECT_TRUE(finished);
}

TEST_F(SqliteDatabaseTest, AnExceptionThatLeavesTheLoopLosesNoOtherAnswer) {
  boost::asio::io_context io;
  int answered = 0;
  for (int i = 0; i < 20; ++i) {
    spawn(io, [&, i]() -> Task<void> {
      Work work = [](Session& session) -> Task<void> { co_await session.query("SELECT 1"); };
      co_await db->read(work);
      ++answered;
      if (i % 2 == 0) throw std::runtime_error("of the caller");
    });
  }
  int thrown = 0;
  for (;;) {
    try {
      io.run();
      break;
    } catch (const std::exception&) {  // Asio joins several that leave one turn of the loop
      ++thrown;
    }
  }
  EXPECT_EQ(answered, 20);
  EXPECT_GE(thrown, 1);
}

TEST_F(SqliteDatabaseTest, RefusesReadsBeyondTheQueueLimit) {
  SqliteOptions narrow{.path = options.path, .reader_threads = 1, .max_queued_reads = 1};
  auto single = open_sqlite(narrow);
  boost::asio::io_context io;
  std::binary_semaphore started{0}, gate{0};
  int done = 0;
  Kind refused = Kind::other;
  Work blocking = [&](Session&) -> Task<void> {
    started.release();
    gate.acquire();
    co_return;
  };
  Work quick = [](Session& session) -> Task<void> { co_await session.query("SELECT 1"); };
  spawn(io, [&]() -> Task<void> { co_await single->read(blocking), ++done; });
  spawn(io, [&]() -> Task<void> {
    started.acquire();
    co_await single->read(quick);
    ++done;
  });
  spawn(io, [&]() -> Task<void> {
    try {
      co_await single->read(quick);
    } catch (const SqlError& error) {
      refused = error.kind;
    }
    gate.release();
  });
  io.run();
  EXPECT_EQ(done, 2);
  EXPECT_EQ(refused, Kind::busy);
}

TEST(SqliteOpenTest, SaysWhatCanNotBeOpened) {
  TempFolder folder;
  auto fail = [](std::string path) { return error_of([&] { open_sqlite({.path = path}); }); };
  std::ofstream(folder.file("garbage")) << std::string(4096, 'g');
  std::filesystem::create_directory(folder.file("folder"));
  for (const std::string& path :
       {folder.file("garbage"), folder.file("folder"), folder.file("garbage/below.db")}) {
    SqlError error = fail(path);
    EXPECT_EQ(error.kind, Kind::unavailable);
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
  }
  EXPECT_EQ(fail("").kind, Kind::unavailable);
  EXPECT_EQ(fail(":memory:").kind, Kind::unavailable);
  EXPECT_EQ(error_of([&] { open_sqlite({.path = folder.file("x"), .reader_threads = 0}); }).kind,
            Kind::unavailable);
}

TEST(SqliteOpenTest, ReopensWithEverythingThere) {
  TempFolder folder;
  SqliteOptions options{.path = folder.file("app.db")};
  for (int i = 0; i < 3; ++i) {
    auto db = open_sqlite(options);
    execute(*db, "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY)");
    execute(*db, "INSERT INTO t DEFAULT VALUES");
    EXPECT_EQ(count(*db, "t"), i + 1);
  }
  EXPECT_FALSE(std::filesystem::exists(options.path + "-wal")) << "the WAL is moved into the file at the end";
}

}  // namespace
}  // namespace flotilla::sqlite::test
