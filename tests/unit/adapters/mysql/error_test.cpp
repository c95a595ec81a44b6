// What an error of MariaDB or MySQL means.
#include <gtest/gtest.h>

#include "adapters/mysql/mysql_error.hpp"

namespace flotilla::mysql {
namespace {

using Kind = data::SqlError::Kind;
using Names = std::vector<std::string>;

Kind kind(unsigned code) { return sql_error(code, "m", "SELECT 1", false).kind; }

TEST(MysqlErrorTest, Kinds) {
  for (unsigned code : {1062u, 1586u}) EXPECT_EQ(kind(code), Kind::unique) << code;
  for (unsigned code : {1048u, 1364u}) EXPECT_EQ(kind(code), Kind::not_null) << code;
  for (unsigned code : {1054u, 1146u, 1051u, 1052u}) EXPECT_EQ(kind(code), Kind::unknown_name) << code;
  for (unsigned code : {1064u, 1065u}) EXPECT_EQ(kind(code), Kind::syntax) << code;
  for (unsigned code : {1264u, 1292u, 1366u, 1406u, 4025u, 4035u, 3140u, 1170u, 1071u})
    EXPECT_EQ(kind(code), Kind::invalid_value) << code;
  for (unsigned code : {1205u, 1040u, 1203u, 1461u}) EXPECT_EQ(kind(code), Kind::busy) << code;
  for (unsigned code : {1213u, 1020u}) EXPECT_EQ(kind(code), Kind::deadlock) << code;
  for (unsigned code : {1053u, 1927u, 2006u, 2013u, 1114u, 1045u, 1049u})
    EXPECT_EQ(kind(code), Kind::unavailable) << code;
  for (unsigned code : {1142u, 1452u}) EXPECT_EQ(kind(code), Kind::other) << code;
  EXPECT_TRUE(is_connection_lost(2013));
  EXPECT_FALSE(is_connection_lost(1213)) << "a deadlock leaves the connection as it is";
}

TEST(MysqlErrorTest, ReadOnlyIsTheReadersFaultOrTheServers) {
  EXPECT_EQ(sql_error(1792, "no", "DELETE FROM t", true).kind, Kind::other);
  EXPECT_EQ(sql_error(1792, "no", "DELETE FROM t", false).kind, Kind::unavailable);
  EXPECT_EQ(sql_error(1290, "--read-only", "DELETE FROM t", false).kind, Kind::unavailable);
}

TEST(MysqlErrorTest, NamesWhatTheServerNames) {
  const data::SqlError null =
      sql_error(1048, "Column 'u' cannot be null", "INSERT INTO \"p\" VALUES (1)", false);
  EXPECT_EQ(null.table, "p");
  EXPECT_EQ(null.columns, Names{"u"});
  const data::SqlError missing =
      sql_error(1364, "Field 'n' doesn't have a default value", "UPDATE p SET x = 1", false);
  EXPECT_EQ(missing.table, "p");
  EXPECT_EQ(missing.columns, Names{"n"});
  const data::SqlError column = sql_error(1054, "Unknown column 't.nope' in 'SELECT'", "", false);
  EXPECT_EQ(column.table, "t");
  EXPECT_EQ(column.columns, Names{"nope"});
  EXPECT_EQ(sql_error(1146, "Table 'db.nowhere' doesn't exist", "", false).table, "nowhere");
}

TEST(MysqlErrorTest, TheIndexOfADuplicate) {
  EXPECT_EQ(index_of("Duplicate entry '1' for key 'PRIMARY'"), "PRIMARY");
  EXPECT_EQ(index_of("Duplicate entry 'a' for key 'b' for key 'people.people_name_uk'"),
            "people.people_name_uk");
  EXPECT_EQ(index_of("Duplicate entry"), "");
}

TEST(MysqlErrorTest, TheTableOfAStatement) {
  EXPECT_EQ(table_of("INSERT INTO people VALUES (1)"), "people");
  EXPECT_EQ(table_of("INSERT IGNORE INTO \"a\"\"b\" (x) VALUES (1)"), "a\"b");
  EXPECT_EQ(table_of("UPDATE \"t\" SET x = 1"), "t");
  EXPECT_EQ(table_of("delete from t where x = 1"), "t");
  EXPECT_EQ(table_of("CREATE UNIQUE INDEX /*M!100100 IF NOT EXISTS */ \"i\" ON \"notes\" (\"a\")"), "notes");
  EXPECT_EQ(table_of("CREATE TABLE \"t\" (\"a\" INTEGER)"), "");
  EXPECT_EQ(table_of("SELECT 1"), "");
  EXPECT_EQ(table_of("INSERT"), "");
}

}  // namespace
}  // namespace flotilla::mysql
