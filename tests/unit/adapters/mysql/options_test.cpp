// Addresses, versions and what a session is told first.
#include <gtest/gtest.h>

#include "adapters/mysql/mysql_options.hpp"
#include "data/sql/database.hpp"

namespace flotilla::mysql {
namespace {

std::string failure(std::string_view url) {
  try {
    check(parse_mysql_url(url));
  } catch (const data::SqlError& error) {
    EXPECT_EQ(error.kind, data::SqlError::Kind::unavailable);
    return error.what();
  }
  return "no error";
}

TEST(MysqlOptionsTest, AnAddress) {
  const MysqlOptions options = parse_mysql_url("mariadb://u%40x:p%2Fw@db.lan:3307/tools");
  EXPECT_EQ(options.product, Product::mariadb);
  EXPECT_EQ(options.user, "u@x");
  EXPECT_EQ(options.password, "p/w");
  EXPECT_EQ(options.host, "db.lan");
  EXPECT_EQ(options.port, 3307);
  EXPECT_EQ(options.database, "tools");
  EXPECT_EQ(parse_mysql_url("mysql://h/d").product, Product::mysql);
  EXPECT_EQ(parse_mysql_url("mysql://h/d").port, 3306);
}

TEST(MysqlOptionsTest, AnAddressThatCannotBeReadIsNotRepeated) {
  for (const char* url : {"postgres://u:secret@h/d", "mariadb://u:secret@h", "mariadb://u:secret%ZZ@h/d",
                          "mariadb://u:secret@h:x/d", "mariadb://u:secret@h:0/d", "secret"}) {
    EXPECT_NE(failure(url), "no error") << url;
    EXPECT_FALSE(failure(url).contains("secret")) << url;
  }
}

TEST(MysqlOptionsTest, OtherServersAndOldOnesAreRefused) {
  EXPECT_EQ(refusal(Product::mariadb, "10.11.6-MariaDB-0+deb12u1"), "");
  EXPECT_EQ(refusal(Product::mariadb, "5.5.5-10.11.6-MariaDB"), "");
  EXPECT_EQ(refusal(Product::mariadb, "10.6.16-MariaDB"),
            "its version 10.6.16-MariaDB is too old, 10.9.0 is needed");
  EXPECT_EQ(refusal(Product::mysql, "8.0.36"), "");
  EXPECT_EQ(refusal(Product::mysql, "8.4.0-commercial"), "");
  EXPECT_EQ(refusal(Product::mysql, "8.0.16"), "its version 8.0.16 is too old, 8.0.17 is needed");
  EXPECT_EQ(refusal(Product::mysql, "5.7.44"), "its version 5.7.44 is too old, 8.0.17 is needed");
  EXPECT_TRUE(refusal(Product::mysql, "11.4.2-MariaDB").contains("set DB_DIALECT=mariadb"));
  EXPECT_TRUE(refusal(Product::mariadb, "8.0.36").contains("set DB_DIALECT=mysql"));
}

TEST(MysqlOptionsTest, ASessionForReadingCannotWrite) {
  auto has = [](Role role, Product product, std::string_view text) {
    MysqlOptions options;
    options.product = product;
    for (const std::string& statement : session_statements(options, role))
      if (statement.contains(text)) return true;
    return false;
  };
  EXPECT_TRUE(has(Role::read, Product::mariadb, "TRANSACTION READ ONLY"));
  EXPECT_TRUE(has(Role::write, Product::mariadb, "TRANSACTION READ WRITE"));
  EXPECT_TRUE(has(Role::write, Product::mariadb, "autocommit = 0"));
  EXPECT_TRUE(has(Role::write, Product::mariadb, "utf8mb4_nopad_bin"));
  EXPECT_TRUE(has(Role::write, Product::mysql, "utf8mb4_0900_bin"));
  EXPECT_FALSE(has(Role::write, Product::mysql, "max_recursive_iterations"));
}

}  // namespace
}  // namespace flotilla::mysql
