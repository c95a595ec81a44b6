// Values on their way to and from the server.
#include <gtest/gtest.h>

#include "adapters/mysql/cells.hpp"
#include "adapters/mysql/parameters.hpp"
#include "adapters/mysql/statement_cache.hpp"
#include "data/sql/database.hpp"

namespace flotilla::mysql {
namespace {

using data::Cell;
using data::Fragment;
using data::Param;

Cell cell(enum_field_types type, std::string_view text, data::Rows& rows, unsigned decimals = 0,
          unsigned characters = 45) {
  MYSQL_FIELD field{};
  field.type = type;
  field.decimals = decimals;
  field.charsetnr = characters;
  rows.set_columns({"c"});
  add_cell(rows, field, text);
  return rows.at(rows.size() - 1, 0);
}

TEST(MysqlCellTest, NumbersTextsAndBytes) {
  data::Rows rows;
  EXPECT_EQ(cell(MYSQL_TYPE_TINY, "1", rows).as_int(), 1);
  EXPECT_EQ(cell(MYSQL_TYPE_LONGLONG, "-9007199254740993", rows).as_int(), -9'007'199'254'740'993);
  const Cell huge = cell(MYSQL_TYPE_LONGLONG, "18446744073709551615", rows);
  EXPECT_EQ(huge.kind, Cell::Kind::text);
  EXPECT_EQ(huge.as_text(), "18446744073709551615");
  EXPECT_EQ(cell(MYSQL_TYPE_DOUBLE, "0.1", rows).as_double(), 0.1);
  EXPECT_EQ(cell(MYSQL_TYPE_NEWDECIMAL, "1.50", rows).kind, Cell::Kind::text);
  EXPECT_EQ(cell(MYSQL_TYPE_VAR_STRING, "a", rows).kind, Cell::Kind::text);
  EXPECT_EQ(cell(MYSQL_TYPE_BLOB, "a", rows, 0, 63).kind, Cell::Kind::blob);
  EXPECT_EQ(cell(MYSQL_TYPE_BIT, std::string_view("\x01\x02", 2), rows).as_int(), 258);
}

TEST(MysqlCellTest, TimesWithAFractionAreInstants) {
  data::Rows rows;
  EXPECT_EQ(cell(MYSQL_TYPE_DATETIME, "2024-03-04 05:06:07.089000", rows, 3).as_text(),
            "2024-03-04 05:06:07.089 +00:00");
  EXPECT_EQ(cell(MYSQL_TYPE_DATETIME, "2024-03-04 05:06:07.5", rows, 1).as_text(),
            "2024-03-04 05:06:07.500 +00:00");
  EXPECT_EQ(cell(MYSQL_TYPE_DATETIME, "2024-03-04 05:06:07", rows).as_text(), "2024-03-04 05:06:07");
  EXPECT_EQ(cell(MYSQL_TYPE_DATE, "2024-03-04", rows).as_text(), "2024-03-04");
}

TEST(MysqlParametersTest, EveryKindOfValue) {
  const std::vector<Param> values{std::monostate{},
                                  true,
                                  std::int64_t{7},
                                  0.5,
                                  std::string("it's"),
                                  data::Blob{std::string("\0\1", 2)},
                                  data::Instant{"2024-03-04 05:06:07.089 +00:00"}};
  Parameters parameters;
  parameters.set(values);
  const MYSQL_BIND* binds = parameters.binds();
  EXPECT_EQ(binds[0].buffer_type, MYSQL_TYPE_NULL);
  EXPECT_EQ(*static_cast<const signed char*>(binds[1].buffer), 1);
  EXPECT_EQ(*static_cast<const long long*>(binds[2].buffer), 7);
  EXPECT_EQ(*static_cast<const double*>(binds[3].buffer), 0.5);
  auto text = [&](int i) {
    return std::string(static_cast<const char*>(binds[i].buffer), binds[i].buffer_length);
  };
  EXPECT_EQ(text(4), "it's");
  EXPECT_EQ(text(5), std::string("\0\1", 2));
  EXPECT_EQ(text(6), "2024-03-04 05:06:07.089") << "without the offset, which the server would not read";
}

TEST(MysqlParametersTest, ATextAsTheServerReadsIt) {
  Fragment sql("SELECT \"a\x01 AS BIGINT)\", 'x AS TEXT)', CAST(");
  sql.bind(std::int64_t{1});
  sql += " AS BIGINT), CAST(";
  sql.bind(std::string("x"));
  sql += " AS TEXT)";
  EXPECT_EQ(finished_text(sql.text),
            "SELECT \"a? AS BIGINT)\", 'x AS TEXT)', CAST(? AS SIGNED), CAST(? AS CHAR)");
  EXPECT_THROW(check_values(sql), data::SqlError);
}

TEST(MysqlStatementCacheTest, ThoseUsedLongestAgoLeave) {
  const ConnectionHandle connection(mysql_init(nullptr));
  StatementCache cache(2);
  auto fresh = [&] { return StatementHandle(mysql_stmt_init(connection.get())); };
  EXPECT_FALSE(StatementCache(0).keeps("a"));
  EXPECT_FALSE(cache.keeps(std::string(StatementCache::kMaxTextBytes + 1, 'x')));
  cache.add("a", fresh());
  cache.add("b", fresh());
  cache.find("a");
  cache.add("c", fresh());
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.find("b"), nullptr);
  cache.remove("a");
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.clear().size(), 1u);
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace flotilla::mysql
