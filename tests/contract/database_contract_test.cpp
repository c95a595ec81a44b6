// What every main database does: values, transactions, errors in words of their own, many callers at once.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <set>
#include <thread>

#include "contract/database_world.hpp"

// Columns are named by what they are, not by everything they are not.
#pragma clang diagnostic ignored "-Wmissing-designated-field-initializers"

namespace flotilla::contract {
namespace {

using data::Blob;
using data::Cell;
using data::ColumnKind;
using data::Fragment;
using data::Param;
using data::Rows;
using data::Session;
using data::SqlError;
using data::Work;
using Kind = SqlError::Kind;

struct DatabaseContract : testing::TestWithParam<std::string> {
  DatabaseWorld world{GetParam()};

  static Fragment insert(std::string_view table, std::vector<Param> values) {
    Fragment sql("INSERT INTO " + std::string(table) + " VALUES (");
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) sql += ", ";
      sql.bind(std::move(values[i]));
    }
    return sql += ")";
  }
  void numbers_table() {
    world.create("numbers", {{.name = "id", .kind = ColumnKind::bigint, .primary_key = true},
                             {.name = "n", .kind = ColumnKind::bigint, .not_null = true}});
  }
};

TEST_P(DatabaseContract, EveryKindOfValueComesBack) {
  world.create("t", {{.name = "id", .kind = ColumnKind::bigint, .primary_key = true},
                     {.name = "flag", .kind = ColumnKind::boolean},
                     {.name = "whole", .kind = ColumnKind::bigint},
                     {.name = "small", .kind = ColumnKind::integer},
                     {.name = "real", .kind = ColumnKind::double_},
                     {.name = "exact", .kind = ColumnKind::decimal, .precision = 12, .scale = 2},
                     {.name = "word"},
                     {.name = "long", .kind = ColumnKind::text},
                     {.name = "doc", .kind = ColumnKind::json},
                     {.name = "at", .kind = ColumnKind::timestamp_tz},
                     {.name = "wall", .kind = ColumnKind::timestamp},
                     {.name = "day", .kind = ColumnKind::date},
                     {.name = "clock", .kind = ColumnKind::time},
                     {.name = "key", .kind = ColumnKind::uuid},
                     {.name = "bytes", .kind = ColumnKind::blob}});
  const std::string bytes("\x00\x01\xff' \\x", 7), text = "it's \"ünïcode\" \\ $1 ? \n\t😀";
  const std::string longer(200'000, 'x');
  std::vector<Param> values{std::int64_t{1},
                            true,
                            std::int64_t{-9'007'199'254'740'993},
                            std::int64_t{-5},
                            0.1,
                            std::string("1234.50"),
                            text,
                            longer,
                            std::string(R"({"a":[1,null,"x"]})"),
                            data::Instant{"2024-03-04 05:06:07.089 +00:00"},
                            std::string("2024-03-04 05:06:07"),
                            std::string("2024-03-04"),
                            std::string("05:06:07"),
                            std::string("7f3c1c6e-0c0d-4f7a-9d0f-0123456789ab"),
                            Blob{bytes}};
  EXPECT_EQ(world.execute(insert("t", values)), 1);
  Rows rows = world.query("SELECT * FROM t");
  ASSERT_EQ(rows.size(), 1u);
  auto cell = [&](std::string_view name) -> const Cell& {
    return rows.at(0, static_cast<std::size_t>(rows.column(name)));
  };
  EXPECT_EQ(cell("flag").kind, Cell::Kind::integer);
  EXPECT_EQ(cell("flag").as_int(), 1);
  EXPECT_EQ(cell("whole").kind, Cell::Kind::integer);
  EXPECT_EQ(cell("whole").as_int(), -9'007'199'254'740'993);
  EXPECT_EQ(cell("small").as_int(), -5);
  EXPECT_EQ(cell("real").kind, Cell::Kind::real);
  EXPECT_EQ(cell("real").as_double(), 0.1);
  EXPECT_EQ(cell("exact").as_double(), 1234.5);
  EXPECT_EQ(cell("word").as_text(), text);
  EXPECT_EQ(cell("long").as_text(), longer);
  EXPECT_EQ(cell("doc").as_text(), R"({"a":[1,null,"x"]})");
  EXPECT_EQ(cell("at").as_text(), "2024-03-04 05:06:07.089 +00:00");
  EXPECT_EQ(cell("wall").as_text(), "2024-03-04 05:06:07");
  EXPECT_EQ(cell("day").as_text(), "2024-03-04");
  EXPECT_EQ(cell("clock").as_text(), "05:06:07");
  EXPECT_EQ(cell("key").as_text(), "7f3c1c6e-0c0d-4f7a-9d0f-0123456789ab");
  EXPECT_EQ(cell("bytes").kind, Cell::Kind::blob);
  EXPECT_EQ(cell("bytes").text(), bytes);
}

TEST_P(DatabaseContract, NullAndEmptyAreNotTheSame) {
  world.create(
      "t",
      {{.name = "a"}, {.name = "b", .kind = ColumnKind::bigint}, {.name = "c", .kind = ColumnKind::blob}});
  world.execute(insert("t", {std::monostate{}, std::monostate{}, std::monostate{}}));
  world.execute(insert("t", {std::string(), std::int64_t{0}, Blob{}}));
  Rows rows = world.query("SELECT a, b, c FROM t ORDER BY b IS NOT NULL");
  ASSERT_EQ(rows.size(), 2u);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_TRUE(rows.at(0, c).is_null()) << c;
    EXPECT_FALSE(rows.at(1, c).is_null()) << c;
  }
  EXPECT_EQ(rows.at(1, 2).kind, Cell::Kind::blob);
}

TEST_P(DatabaseContract, InstantsKeepMillisecondsAndOrder) {
  world.create("t", {{.name = "at", .kind = ColumnKind::timestamp_tz}});
  const std::vector<std::string> instants{"0001-01-01 00:00:00.001 +00:00", "1969-12-31 23:59:59.999 +00:00",
                                          "2024-02-29 12:00:00.000 +00:00", "2024-02-29 12:00:00.100 +00:00",
                                          "9999-12-31 23:59:59.999 +00:00"};
  for (const std::string& at : instants) world.execute(insert("t", {data::Instant{at}}));
  Rows rows = world.query("SELECT at FROM t ORDER BY at");
  ASSERT_EQ(rows.size(), instants.size());
  for (std::size_t i = 0; i < instants.size(); ++i) EXPECT_EQ(rows.at(i, 0).as_text(), instants[i]);
}

TEST_P(DatabaseContract, CountsTouchedRows) {
  numbers_table();
  EXPECT_EQ(world.execute("INSERT INTO numbers VALUES (1, 1), (2, 1), (3, 2)"), 3);
  EXPECT_EQ(world.execute("UPDATE numbers SET n = 5 WHERE n = 1"), 2);
  EXPECT_EQ(world.execute("DELETE FROM numbers WHERE id > 100"), 0);
  EXPECT_EQ(world.execute("DELETE FROM numbers"), 3);
  EXPECT_EQ(world.execute("CREATE TABLE other (x INTEGER)"), 0);
}

TEST_P(DatabaseContract, ColumnsAreKnownWithoutRows) {
  numbers_table();
  Rows rows = world.query("SELECT id AS \"theKey\", n FROM numbers");
  EXPECT_EQ(rows.size(), 0u);
  EXPECT_EQ(rows.column("theKey"), 0);
  EXPECT_EQ(rows.column("n"), 1);
  EXPECT_EQ(rows.column("thekey"), -1);
}

TEST_P(DatabaseContract, InsertGivesBackWhatItMade) {
  world.create("t", {{.name = "id", .kind = ColumnKind::bigint, .primary_key = true, .auto_increment = true},
                     {.name = "x"}});
  std::vector<std::int64_t> ids;
  const Fragment sql("INSERT INTO t (x) VALUES ('a')" + world.dialect().returning("id"));
  const Work work = [&](Session& session) -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      const Rows rows = co_await session.query(sql);
      ids.push_back(rows.at(0, 0).as_int());
    }
  };
  world.write(work);
  EXPECT_EQ(ids, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_P(DatabaseContract, AWorkThatThrowsLeavesNothing) {
  numbers_table();
  const Work work = [](Session& session) -> Task<void> {
    co_await session.execute("INSERT INTO numbers VALUES (1, 1)");
    const Rows seen = co_await session.query("SELECT n FROM numbers");
    EXPECT_EQ(seen.size(), 1u) << "a transaction sees its own changes";
    throw std::runtime_error("midway");
  };
  EXPECT_THROW(world.write(work), std::runtime_error);
  EXPECT_EQ(world.number("SELECT count(*) FROM numbers"), 0);
  EXPECT_EQ(world.execute("INSERT INTO numbers VALUES (1, 1)"), 1) << "the connection is as good as new";
}

TEST_P(DatabaseContract, StatementsAboutTheSchemaGoWithTheirTransactionOrCommit) {
  numbers_table();
  const Work work = [](Session& session) -> Task<void> {
    co_await session.execute("INSERT INTO numbers VALUES (1, 1)");
    co_await session.execute("CREATE TABLE made (x INTEGER)");
    co_await session.execute("INSERT INTO numbers VALUES (2, 2)");
    throw std::runtime_error("midway");
  };
  EXPECT_THROW(world.write(work), std::runtime_error);
  const bool kept = !world.dialect().transactional_ddl();
  EXPECT_EQ(world.number("SELECT count(*) FROM numbers"), kept ? 1 : 0)
      << "what came after such a statement is never kept";
  if (kept)
    EXPECT_EQ(world.number("SELECT count(*) FROM made"), 0);
  else
    EXPECT_EQ(DatabaseWorld::error_of([&] { world.query("SELECT * FROM made"); }).kind, Kind::unknown_name);
}

TEST_P(DatabaseContract, AStatementThatFailsLeavesNothing) {
  numbers_table();
  const Work work = [](Session& session) -> Task<void> {
    co_await session.execute("INSERT INTO numbers VALUES (1, 1)");
    co_await session.execute("INSERT INTO numbers VALUES (1, 2)");
  };
  EXPECT_EQ(DatabaseWorld::error_of([&] { world.write(work); }).kind, Kind::unique);
  EXPECT_EQ(world.number("SELECT count(*) FROM numbers"), 0);
}

TEST_P(DatabaseContract, ActionsRunAfterTheCommitOnly) {
  numbers_table();
  std::vector<std::string> events;
  const Work good = [&](Session& session) -> Task<void> {
    session.after_commit([&] { events.push_back("first"); });
    co_await session.execute("INSERT INTO numbers VALUES (1, 1)");
    session.after_commit([&] { events.push_back("second"); });
    events.push_back("work");
  };
  world.write(good);
  EXPECT_EQ(events, (std::vector<std::string>{"work", "first", "second"}));

  events.clear();
  const Work thrown = [&](Session& session) -> Task<void> {
    co_await session.execute("INSERT INTO numbers VALUES (2, 1)");
    session.after_commit([&] { events.push_back("never"); });
    throw std::runtime_error("no");
  };
  EXPECT_THROW(world.write(thrown), std::runtime_error);
  const Work refused = [&](Session& session) -> Task<void> {
    session.after_commit([&] { events.push_back("never"); });
    co_await session.execute("INSERT INTO numbers VALUES (1, 1)");
  };
  EXPECT_THROW(world.write(refused), SqlError);
  EXPECT_TRUE(events.empty());

  const Work reading = [&](Session& session) -> Task<void> {
    session.after_commit([&] { events.push_back("at once"); });
    EXPECT_EQ(events.size(), 1u);
    co_return;
  };
  world.read(reading);
}

TEST_P(DatabaseContract, AWorkWithoutStatementsIsCommittedAsWell) {
  bool told = false;
  const Work work = [&](Session& session) -> Task<void> {
    session.after_commit([&] { told = true; });
    co_return;
  };
  world.write(work);
  EXPECT_TRUE(told);
}

TEST_P(DatabaseContract, ReadsMayNotWrite) {
  numbers_table();
  for (const char* sql :
       {"INSERT INTO numbers VALUES (1, 1)", "CREATE TABLE x (a INTEGER)", "DELETE FROM numbers"}) {
    const Work work = [&](Session& session) -> Task<void> { co_await session.execute(sql); };
    const SqlError error = DatabaseWorld::error_of([&] { world.read(work); });
    EXPECT_EQ(error.kind, Kind::other) << sql;
    EXPECT_TRUE(std::string_view(error.what()).starts_with("a read must not write")) << error.what();
  }
  EXPECT_EQ(world.number("SELECT count(*) FROM numbers"), 0) << "and reading goes on";
}

TEST_P(DatabaseContract, ReadsSeeWhatAWriteHasAcknowledged) {
  numbers_table();
  for (std::int64_t i = 1; i <= 50; ++i) {
    world.execute(insert("numbers", {i, i}));
    ASSERT_EQ(world.number("SELECT max(n) FROM numbers"), i);
  }
}

TEST_P(DatabaseContract, UniqueNamesTableAndColumns) {
  world.create("people", {{.name = "id", .kind = ColumnKind::bigint, .primary_key = true},
                          {.name = "userName", .unique = true},
                          {.name = "odd \"name\", (1)"},
                          {.name = "plain"}});
  world.execute(world.dialect().create_index("people", "people_two",
                                             std::vector<std::string>{"odd \"name\", (1)", "plain"}, true));
  world.execute(insert("people", {std::int64_t{1}, std::string("ann"), std::string("x"), std::string("y")}));
  auto error = [&](std::int64_t id, std::string name, std::string odd) {
    return DatabaseWorld::error_of(
        [&] { world.execute(insert("people", {id, name, odd, std::string("y")})); });
  };
  const SqlError key = error(1, "bob", "z");
  EXPECT_EQ(key.kind, Kind::unique);
  EXPECT_EQ(key.table, "people");
  EXPECT_EQ(key.columns, std::vector<std::string>{"id"});
  const SqlError name = error(2, "ann", "z");
  EXPECT_EQ(name.kind, Kind::unique);
  EXPECT_EQ(name.columns, std::vector<std::string>{"userName"});
  EXPECT_EQ(error(2, "bob", "x").kind, Kind::unique);
}

TEST_P(DatabaseContract, OtherErrorsHaveTheirKinds) {
  numbers_table();
  const SqlError missing =
      DatabaseWorld::error_of([&] { world.execute("INSERT INTO numbers (id) VALUES (1)"); });
  EXPECT_EQ(missing.kind, Kind::not_null);
  EXPECT_EQ(missing.table, "numbers");
  EXPECT_EQ(missing.columns, std::vector<std::string>{"n"});
  const SqlError table = DatabaseWorld::error_of([&] { world.query("SELECT * FROM nowhere"); });
  EXPECT_EQ(table.kind, Kind::unknown_name);
  EXPECT_EQ(table.table, "nowhere");
  const SqlError column = DatabaseWorld::error_of([&] { world.query("SELECT nope FROM numbers"); });
  EXPECT_EQ(column.kind, Kind::unknown_name);
  EXPECT_EQ(column.columns, std::vector<std::string>{"nope"});
  const SqlError qualified = DatabaseWorld::error_of([&] { world.query("SELECT t.nope FROM numbers AS t"); });
  EXPECT_EQ(qualified.kind, Kind::unknown_name);
  EXPECT_EQ(qualified.columns, std::vector<std::string>{"nope"});
  EXPECT_EQ(DatabaseWorld::error_of([&] { world.query("SELEC 1"); }).kind, Kind::syntax);
  EXPECT_EQ(DatabaseWorld::error_of([&] { world.query(""); }).kind, Kind::syntax);
  EXPECT_EQ(DatabaseWorld::error_of([&] { world.query("SELECT 1; SELECT 2"); }).kind, Kind::syntax);
  Fragment few("SELECT 1 WHERE 1 = ");
  few.bind(std::int64_t{1});
  few.params.clear();
  EXPECT_EQ(DatabaseWorld::error_of([&] { world.query(few); }).kind, Kind::other);
  EXPECT_EQ(world.number("SELECT 1"), 1);
}

TEST_P(DatabaseContract, TheSameStatementFailsAndSucceedsAgain) {
  const Fragment sql("SELECT count(*) FROM later");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(DatabaseWorld::error_of([&] { world.query(sql); }).kind, Kind::unknown_name);
  world.create("later", {{.name = "a"}});
  EXPECT_EQ(world.number(sql), 0);
  world.execute(world.dialect().drop_table("later"));
  EXPECT_EQ(DatabaseWorld::error_of([&] { world.query(sql); }).kind, Kind::unknown_name);
}

TEST_P(DatabaseContract, StatementsSurviveChangesOfTheSchema) {
  world.create("t", {{.name = "a", .kind = ColumnKind::bigint}});
  world.execute("INSERT INTO t VALUES (1)");
  const Fragment all("SELECT * FROM t");
  auto columns_in_transaction = [&] {
    std::size_t columns = 0;
    world.write([&](Session& session) -> Task<void> { columns = (co_await session.query(all)).columns(); });
    return columns;
  };
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(world.query(all).columns(), 1u);
    EXPECT_EQ(columns_in_transaction(), 1u);
  }
  world.execute(world.dialect().add_column("t", {.name = "b"}));
  EXPECT_EQ(world.query(all).columns(), 2u);
  EXPECT_EQ(columns_in_transaction(), 2u);
  const Work within = [&](Session& session) -> Task<void> {
    const std::size_t before = (co_await session.query(all)).columns();
    co_await session.execute("ALTER TABLE t ADD COLUMN c INTEGER");
    const std::size_t after = (co_await session.query(all)).columns();
    EXPECT_EQ(after, before + 1);
  };
  world.write(within);
  EXPECT_EQ(world.query(all).columns(), 3u);
}

TEST_P(DatabaseContract, ManyDifferentStatements) {
  for (int i = 0; i < 600; ++i) ASSERT_EQ(world.number(Fragment("SELECT " + std::to_string(i))), i);
  for (int i = 599; i >= 0; --i) ASSERT_EQ(world.number(Fragment("SELECT " + std::to_string(i))), i);
}

TEST_P(DatabaseContract, ConcurrentWritesLoseNoUpdate) {
  numbers_table();
  world.execute("INSERT INTO numbers VALUES (1, 0)");
  constexpr int kLoops = 3, kEach = 60;
  std::vector<std::unique_ptr<test::Loop>> loops;
  std::vector<std::future<void>> ended;
  const Work add = [](Session& session) -> Task<void> {
    co_await session.execute("UPDATE numbers SET n = n + 1 WHERE id = 1");
  };
  for (int l = 0; l < kLoops; ++l) {
    loops.push_back(std::make_unique<test::Loop>());
    for (int i = 0; i < kEach; ++i)
      ended.push_back(boost::asio::co_spawn(loops.back()->context(), world.database().write(add),
                                            boost::asio::use_future));
  }
  for (auto& end : ended) {
    ASSERT_EQ(end.wait_for(std::chrono::seconds(120)), std::future_status::ready);
    end.get();
  }
  EXPECT_EQ(world.number("SELECT n FROM numbers"), kLoops * kEach);
}

TEST_P(DatabaseContract, AThousandReadsAtOnce) {
  numbers_table();
  for (std::int64_t i = 0; i < 100; ++i) world.execute(insert("numbers", {i, i * i}));
  std::vector<std::future<void>> ended;
  std::atomic<int> right{0};
  std::vector<Work> works;
  for (std::int64_t i = 0; i < 1000; ++i)
    works.push_back([&right, i](Session& session) -> Task<void> {
      Fragment sql("SELECT n FROM numbers WHERE id = ");
      sql.bind(i % 100);
      const Rows rows = co_await session.query(sql);
      const Rows again = co_await session.query(sql);
      const std::int64_t wanted = (i % 100) * (i % 100);
      if (rows.at(0, 0).as_int() == wanted && again.at(0, 0).as_int() == wanted) ++right;
    });
  for (const Work& work : works)
    ended.push_back(
        boost::asio::co_spawn(world.loop().context(), world.database().read(work), boost::asio::use_future));
  for (auto& end : ended) {
    ASSERT_EQ(end.wait_for(std::chrono::seconds(120)), std::future_status::ready);
    end.get();
  }
  EXPECT_EQ(right, 1000);
}

TEST_P(DatabaseContract, AFailingReadHarmsNoOther) {
  std::vector<std::future<void>> ended;
  std::atomic<int> right{0}, wrong{0};
  const Work good = [&](Session& session) -> Task<void> {
    if ((co_await session.query("SELECT 7")).at(0, 0).as_int() == 7) ++right;
  };
  const Work bad = [&](Session& session) -> Task<void> {
    try {
      co_await session.query("SELECT * FROM nowhere");
    } catch (const SqlError& error) {
      if (error.kind == Kind::unknown_name) ++wrong;
    }
    if ((co_await session.query("SELECT 8")).at(0, 0).as_int() == 8) ++right;
  };
  for (int i = 0; i < 200; ++i)
    ended.push_back(boost::asio::co_spawn(world.loop().context(), world.database().read(i % 2 ? good : bad),
                                          boost::asio::use_future));
  for (auto& end : ended) {
    ASSERT_EQ(end.wait_for(std::chrono::seconds(60)), std::future_status::ready);
    end.get();
  }
  EXPECT_EQ(right, 200);
  EXPECT_EQ(wrong, 100);
}

TEST_P(DatabaseContract, ResumesOnTheLoopOfTheCaller) {
  std::thread::id mine, after_read, after_write;
  const Work nothing = [](Session& session) -> Task<void> { co_await session.query("SELECT 1"); };
  auto body = [&]() -> Task<void> {
    mine = std::this_thread::get_id();
    co_await world.database().read(nothing);
    after_read = std::this_thread::get_id();
    co_await world.database().write(nothing);
    after_write = std::this_thread::get_id();
  };
  world.loop().run(body);
  EXPECT_EQ(mine, after_read);
  EXPECT_EQ(mine, after_write);
}

INSTANTIATE_TEST_SUITE_P(Adapters, DatabaseContract,
                         testing::Values("sqlite", "postgres", "postgres_pooled", "mariadb"), adapter_name);

}  // namespace
}  // namespace flotilla::contract
