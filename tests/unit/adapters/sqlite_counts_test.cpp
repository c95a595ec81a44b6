// Counts are remembered exactly as long as nobody commits.
#include "unit/adapters/sqlite_support.hpp"

namespace flotilla::sqlite::test {
namespace {

struct SqliteCountsTest : testing::Test {
  TempFolder folder;
  SqliteOptions options{.path = folder.file("app.db"), .reader_threads = 1};
  std::unique_ptr<data::Database> db = open_sqlite(options);

  void SetUp() override { execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, x)"); }

  static Fragment rows_with(std::int64_t x) {
    Fragment sql("SELECT count(*) FROM t WHERE x = ");
    return sql.bind(x);
  }

  /// What a list does: reads its page, then asks for the count. Nothing when it is not remembered.
  std::optional<std::int64_t> remembered(const Fragment& sql) {
    std::optional<std::int64_t> known;
    read(*db, [&](Session& session) -> Task<void> {
      Fragment page("SELECT id FROM t LIMIT 1");
      co_await session.query(page);
      known = session.remembered_count(sql);
    });
    return known;
  }

  void count_and_remember(const Fragment& sql) {
    read(*db, [&](Session& session) -> Task<void> {
      Fragment page("SELECT id FROM t LIMIT 1");
      co_await session.query(page);
      session.remembered_count(sql);
      Rows rows = co_await session.query(sql);
      session.remember_count(sql, rows.at(0, 0).as_int());
    });
  }
};

TEST_F(SqliteCountsTest, is_known_until_this_server_writes) {
  execute(*db, "INSERT INTO t (x) VALUES (1)");
  count_and_remember(rows_with(1));
  EXPECT_EQ(remembered(rows_with(1)), 1);
  EXPECT_EQ(remembered(rows_with(1)), 1);
  execute(*db, "INSERT INTO t (x) VALUES (1)");
  EXPECT_EQ(remembered(rows_with(1)), std::nullopt);
  count_and_remember(rows_with(1));
  EXPECT_EQ(remembered(rows_with(1)), 2);
}

TEST_F(SqliteCountsTest, is_forgotten_when_a_stranger_commits) {
  count_and_remember(rows_with(1));
  EXPECT_EQ(remembered(rows_with(1)), 0);
  Stranger(options.path).run("INSERT INTO t (x) VALUES (1)");
  EXPECT_EQ(remembered(rows_with(1)), std::nullopt);
}

TEST_F(SqliteCountsTest, tells_values_of_the_same_statement_apart) {
  execute(*db, "INSERT INTO t (x) VALUES (1)");
  count_and_remember(rows_with(1));
  EXPECT_EQ(remembered(rows_with(2)), std::nullopt);
  Fragment text("SELECT count(*) FROM t WHERE x = ");
  text.bind(std::string("1"));
  EXPECT_EQ(remembered(text), std::nullopt);
}

TEST_F(SqliteCountsTest, a_transaction_remembers_nothing) {
  count_and_remember(rows_with(1));
  write(*db, [&](Session& session) -> Task<void> {
    EXPECT_EQ(session.remembered_count(rows_with(1)), std::nullopt);
    co_return;
  });
}

}  // namespace
}  // namespace flotilla::sqlite::test
