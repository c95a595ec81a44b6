// Expressions of the dialect, run against rows.
#include <limits>

#include "adapters/sqlite/sqlite_dialect.hpp"
#include "base/error.hpp"
#include "unit/adapters/sqlite_support.hpp"

namespace flotilla::sqlite::test {
namespace {

using data::ColumnKind;
using data::TextMatch;
using Values = std::vector<std::string>;

struct SqliteExpressionsTest : testing::Test {
  TempFolder folder;
  std::unique_ptr<data::Database> db = open_sqlite({.path = folder.file("app.db")});
  const data::Dialect& dialect = db->dialect();
  const std::string column = R"("t"."v")";

  void SetUp() override { execute(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)"); }
  /// Rows 1, 2, ... with these values.
  void fill(const std::vector<Param>& values) {
    execute(*db, "DELETE FROM t");
    std::int64_t id = 0;
    for (const Param& value : values) {
      Fragment sql = "INSERT INTO t VALUES (";
      sql.bind(++id);
      sql.text += ", ";
      sql.bind(value);
      sql.text += ")";
      execute(*db, sql);
    }
  }
  /// Ids of the rows for which the condition holds, as "1,3".
  std::string where(const Fragment& condition) {
    Fragment sql = R"(SELECT group_concat(id) FROM (SELECT "t".id FROM "t" WHERE )";
    sql += condition;
    sql.text += " ORDER BY id)";
    return select(*db, sql).at(0, 0).as_text();
  }
  /// The expression in row 1; "NULL" for null.
  std::string value(const Fragment& expression) {
    Fragment sql = "SELECT ";
    sql += expression;
    sql.text += R"( FROM "t" WHERE id = 1)";
    Rows rows = select(*db, sql);
    return rows.at(0, 0).is_null() ? "NULL" : rows.at(0, 0).as_text();
  }
  std::string matching(TextMatch how, std::string_view text, bool negate = false) {
    return where(dialect.match_text(column, how, text, negate));
  }
};

TEST_F(SqliteExpressionsTest, TextMatchesLiterally) {
  fill({"50% off", "50x off", "a_b", "axb", R"(c:\dir)", "c:dir", std::monostate{}, std::int64_t{1502}, ""});
  EXPECT_EQ(matching(TextMatch::includes, "50%"), "1");
  EXPECT_EQ(matching(TextMatch::includes, "_"), "3");
  EXPECT_EQ(matching(TextMatch::includes, "\\"), "5");
  EXPECT_EQ(matching(TextMatch::includes, "\\d"), "5");
  EXPECT_EQ(matching(TextMatch::starts_with, "50"), "1,2");
  EXPECT_EQ(matching(TextMatch::ends_with, "off"), "1,2");
  EXPECT_EQ(matching(TextMatch::ends_with, "of"), "");
  EXPECT_EQ(matching(TextMatch::includes, "50"), "1,2,8") << "numbers are matched as text";
  EXPECT_EQ(matching(TextMatch::includes, ""), "1,2,3,4,5,6,8,9");
  EXPECT_EQ(matching(TextMatch::includes, "o", true), "3,4,5,6,8,9") << "null is in neither";
  EXPECT_EQ(matching(TextMatch::includes, "'; DROP TABLE t; --"), "");
}

TEST_F(SqliteExpressionsTest, TextMatchesWithoutCaseBeyondAscii) {
  fill({"Grüße ÄÖÜ", "ΑΘΗΝΑ", "Москва", "ŁÓDŹ", "plain"});
  EXPECT_EQ(matching(TextMatch::includes, "äöü"), "1");
  EXPECT_EQ(matching(TextMatch::includes, "GRÜ"), "1");
  EXPECT_EQ(matching(TextMatch::starts_with, "αθη"), "2");
  EXPECT_EQ(matching(TextMatch::ends_with, "СКВА"), "3");
  EXPECT_EQ(matching(TextMatch::includes, "łódź"), "4");
  EXPECT_EQ(matching(TextMatch::includes, "PLAIN"), "5");
}

TEST_F(SqliteExpressionsTest, LikeTakesWildcards) {
  fill({"abc", "ABC", "aXc", "a%c", std::monostate{}});
  EXPECT_EQ(where(dialect.like(column, "a_c", false, false)), "1,3,4");
  EXPECT_EQ(where(dialect.like(column, "a_C", true, false)), "1,2,3,4");
  EXPECT_EQ(where(dialect.like(column, R"(a\%c)", false, false)), "4");
  EXPECT_EQ(where(dialect.like(column, "%c", false, true)), "2");
  SqlError error = error_of([&] { where(dialect.like(column, std::string(20'000, 'x'), true, false)); });
  EXPECT_EQ(error.kind, SqlError::Kind::invalid_value) << error.what();
}

TEST_F(SqliteExpressionsTest, RegularExpressions) {
  fill({"abc123", "ABC", "über", std::monostate{}, std::string(50'000, 'a')});
  EXPECT_EQ(where(dialect.regexp(column, "[0-9]+$", false)), "1");
  EXPECT_EQ(where(dialect.regexp(column, "^(?i)abc", false)), "1,2");
  EXPECT_EQ(where(dialect.regexp(column, "^.ber$", false)), "3");
  EXPECT_EQ(where(dialect.regexp(column, "^a", true)), "2,3");
  EXPECT_EQ(where(dialect.regexp(column, "^(a+)+$", false)), "5") << "linear, whatever the pattern";
  EXPECT_EQ(where(dialect.regexp(column, "^(a+)+b$", false)), "");
  for (const std::string& bad :
       {std::string("("), std::string("[z-a]"), std::string(2'000, 'a'), std::string("(x{1000}){1000}")})
    EXPECT_EQ(error_of([&] { where(dialect.regexp(column, bad, false)); }).kind,
              SqlError::Kind::invalid_value)
        << bad.substr(0, 20);
}

TEST_F(SqliteExpressionsTest, JsonPathsAsText) {
  fill({R"({"a":{"b":"text","n":1.5,"i":3,"t":true,"f":false,"z":null,"l":[10,{"k":"v"}]},)"
        R"("0":"key","x y":"s"})"});
  auto at = [&](Values path) { return value(Fragment(dialect.json_path(column, path))); };
  EXPECT_EQ(at({"a", "b"}), "text");
  EXPECT_EQ(at({"a", "n"}), "1.5");
  EXPECT_EQ(at({"a", "i"}), "3");
  EXPECT_EQ(at({"a", "t"}), "true");
  EXPECT_EQ(at({"a", "f"}), "false");
  EXPECT_EQ(at({"a", "z"}), "NULL");
  EXPECT_EQ(at({"a", "missing", "more"}), "NULL");
  EXPECT_EQ(at({"a", "l"}), R"([10,{"k":"v"}])");
  EXPECT_EQ(at({"a", "l", "0"}), "10");
  EXPECT_EQ(at({"a", "l", "1", "k"}), "v");
  EXPECT_EQ(at({"0"}), "key");
  EXPECT_EQ(at({"x y"}), "s");
  EXPECT_EQ(at({"a\"", "') OR 1=1 --"}), "NULL");
  fill({"not json"});
  EXPECT_EQ(at({"a"}), "NULL");
  fill({std::monostate{}});
  EXPECT_EQ(at({"a"}), "NULL");
}

TEST_F(SqliteExpressionsTest, ArrayLength) {
  auto length = [&](Param v) {
    fill({std::move(v)});
    return value(dialect.array_length(column));
  };
  EXPECT_EQ(length(R"(["a","b"])"), "2");
  EXPECT_EQ(length("[]"), "0");
  EXPECT_EQ(length(std::monostate{}), "NULL");
  EXPECT_EQ(length("broken["), "NULL");
}

TEST_F(SqliteExpressionsTest, ArraySets) {
  fill({R"(["1","2","a","b"])", R"(["a"])", "[]", std::monostate{}, "[1,2]", "[true,null]", "no json",
        R"(["b","a","a"])"});
  auto any = [&](Values values) { return where(dialect.array_any_of(column, values)); };
  EXPECT_EQ(any({"a", "zzz"}), "1,2,8");
  EXPECT_EQ(any({"1"}), "1,5") << "elements are compared as text";
  EXPECT_EQ(any({"true"}), "6");
  EXPECT_EQ(any({}), "");

  auto same = [&](Values values) { return where(dialect.array_same_set(column, values)); };
  auto not_same = [&](Values values) {
    Fragment condition = "NOT (";
    condition += dialect.array_same_set(column, values);
    condition.text += ")";
    return where(condition);
  };
  EXPECT_EQ(same({"b", "a", "2", "1"}), "1");
  EXPECT_EQ(same({"a", "b", "a"}), "8");
  EXPECT_EQ(same({"a"}), "2");
  EXPECT_EQ(same({"2", "1"}), "5");
  EXPECT_EQ(same({"true"}), "");
  EXPECT_EQ(same({}), "3");
  EXPECT_EQ(not_same({"a"}), "1,3,5,6,8") << "what holds no list is in neither";
}

TEST_F(SqliteExpressionsTest, ArrayHasElementOfAnotherTable) {
  fill({"[1,3]", R"(["2"])", std::monostate{}});
  execute(*db, "CREATE TABLE target (id INTEGER PRIMARY KEY)");
  execute(*db, "INSERT INTO target VALUES (1), (2), (3), (4)");
  Fragment sql = R"(SELECT t.id * 10 + target.id FROM "t" JOIN "target" ON )";
  sql += dialect.array_has(column, R"("target"."id")");
  sql.text += " ORDER BY 1";
  Rows rows = select(*db, sql);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.at(0, 0).as_int(), 11);
  EXPECT_EQ(rows.at(1, 0).as_int(), 13);
  EXPECT_EQ(rows.at(2, 0).as_int(), 22);
}

TEST_F(SqliteExpressionsTest, DatesAreFormatted) {
  auto format = [&](Param v, ColumnKind kind, std::string_view pattern, int offset) {
    fill({std::move(v)});
    return value(dialect.format_date(column, kind, pattern, offset));
  };
  EXPECT_EQ(format("2023-12-31 22:30:15.123 +00:00", ColumnKind::timestamp_tz, "YYYY-MM-DD HH:mm:ss", 480),
            "2024-01-01 06:30:15");
  EXPECT_EQ(format("2023-12-31 22:30:15", ColumnKind::timestamp, "YYYY/MM [Q]Q", 480), "2023/12 Q4");
  EXPECT_EQ(format("2023-12-31", ColumnKind::date, "it's YYYY", 480), "it'0 2023")
      << "quotes are escaped, s is a token";
  EXPECT_EQ(format("2023-12-31T20:00:00+08:00", ColumnKind::timestamp_tz, "HH:mm", 0), "12:00");
  EXPECT_EQ(format(std::int64_t{1'700'000'000}, ColumnKind::bigint, "YYYY-MM-DD HH:mm", 0),
            "2023-11-14 22:13");
  EXPECT_EQ(format(std::int64_t{1'700'000'000'000}, ColumnKind::bigint, "YYYY-MM-DD HH:mm", 120),
            "2023-11-15 00:13");
  EXPECT_EQ(format(std::numeric_limits<std::int64_t>::max(), ColumnKind::bigint, "YYYY", 0), "NULL");
  EXPECT_EQ(format(1.5, ColumnKind::timestamp_tz, "YYYY", 0), "NULL");
  EXPECT_EQ(format(std::monostate{}, ColumnKind::timestamp_tz, "YYYY", 0), "NULL");
  EXPECT_EQ(format("never", ColumnKind::timestamp_tz, "YYYY", 0), "NULL");
  EXPECT_THROW(dialect.format_date(column, ColumnKind::date, "\x01", 0), Error);
}

TEST_F(SqliteExpressionsTest, GroupingByAFormattedDate) {
  fill(
      {"2023-01-31 23:00:00.000 +00:00", "2023-01-01 00:00:00.000 +00:00", "2023-02-02 00:00:00.000 +00:00"});
  const std::string month = dialect.format_date(column, ColumnKind::timestamp_tz, "YYYY-MM", 120).text;
  Rows rows =
      select(*db, Fragment("SELECT " + month + ", count(*) FROM \"t\" GROUP BY " + month + " ORDER BY 1"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.at(0, 0).as_text(), "2023-01");
  EXPECT_EQ(rows.at(1, 1).as_int(), 2);
}

TEST_F(SqliteExpressionsTest, NullsComeLastInBothDirections) {
  fill({std::int64_t{2}, std::monostate{}, std::int64_t{1}});
  auto order = [&](bool descending) {
    Rows rows =
        select(*db, Fragment("SELECT id FROM \"t\" ORDER BY " + dialect.order_by(column, descending)));
    return rows.at(0, 0).as_text() + rows.at(1, 0).as_text() + rows.at(2, 0).as_text();
  };
  EXPECT_EQ(order(false), "312");
  EXPECT_EQ(order(true), "132");
}

TEST_F(SqliteExpressionsTest, ManyKeysInOneValue) {
  fill({std::int64_t{5}, "5", "a\"b\\", "ü", std::monostate{}});
  std::vector<Param> keys{std::int64_t{7}, std::string("a\"b\\"), std::string("ü"), std::int64_t{5}};
  Fragment list = dialect.in_keys(column, keys);
  EXPECT_EQ(list.params.size(), 1u);
  EXPECT_EQ(where(list), "1,3,4");
  keys.resize(2);
  EXPECT_EQ(where(dialect.in_keys(column, keys)), "3");
  EXPECT_EQ(where(dialect.in_keys(column, {})), "");
  keys = {std::int64_t{1}, std::int64_t{2}, true, data::Blob{"x"}};
  EXPECT_EQ(where(dialect.in_keys("\"t\".\"id\"", keys)), "1,2");

  // A text key of a numeric column finds it, as it does in a plain list; and the index of the column is used.
  EXPECT_EQ(where(dialect.in_keys("\"t\".\"id\"", {std::string("3"), std::string("x"), std::string("4")})),
            "3,4");
  Fragment plan = "EXPLAIN QUERY PLAN SELECT * FROM \"t\" WHERE ";
  plan += dialect.in_keys("\"t\".\"id\"", {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}});
  EXPECT_NE(select(*db, plan).at(0, 3).as_text().find("USING INTEGER PRIMARY KEY"), std::string::npos);
}

TEST_F(SqliteExpressionsTest, CastsToText) {
  fill({std::int64_t{42}});
  EXPECT_EQ(value(Fragment("typeof(" + dialect.cast_text(column) + ")")), "text");
}

}  // namespace
}  // namespace flotilla::sqlite::test
