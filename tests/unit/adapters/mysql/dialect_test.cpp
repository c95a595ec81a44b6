// The words of MariaDB and MySQL. What they mean is tested against a server: tests/contract.
#include <gtest/gtest.h>

#include "adapters/mysql/mysql_dialect.hpp"
#include "base/error.hpp"

// Columns are named by what they are, not by everything they are not.
#pragma clang diagnostic ignored "-Wmissing-designated-field-initializers"

namespace flotilla::mysql {
namespace {

using data::ColumnDef;
using data::ColumnKind;
using data::Param;
using Texts = std::vector<std::string>;

const MysqlDialect& dialect = mysql_dialect();

constexpr std::string_view kText =
    " CHARACTER SET utf8mb4 COLLATE /*M!100200 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";

std::string column(ColumnDef def) {
  const std::string sql = dialect.add_column("t", def);
  constexpr std::string_view kHead = "ALTER TABLE \"t\" ADD COLUMN ";
  EXPECT_TRUE(sql.starts_with(kHead)) << sql;
  return sql.substr(kHead.size());
}

TEST(MysqlDialectTest, NamesAreQuoted) {
  EXPECT_EQ(dialect.name(), "mariadb");
  EXPECT_EQ(mysql_dialect(Product::mysql).name(), "mysql");
  EXPECT_EQ(dialect.quote("createdAt"), "\"createdAt\"");
  EXPECT_EQ(dialect.quote("a\"b"), "\"a\"\"b\"");
  EXPECT_THROW(static_cast<void>(dialect.quote(std::string_view("a\0b", 3))), Error);
  EXPECT_THROW(static_cast<void>(dialect.quote("a\x01")), Error);
  EXPECT_EQ(text_literal("it's \\", "x"), "'it''s \\'");
  EXPECT_THROW(text_literal("a\x01", "x"), Error);
}

TEST(MysqlDialectTest, TypesOfColumns) {
  EXPECT_EQ(column({.name = "b", .kind = ColumnKind::boolean, .default_value = Param(true)}),
            "\"b\" TINYINT(1) DEFAULT 1");
  EXPECT_EQ(column({.name = "i", .kind = ColumnKind::integer, .not_null = true}), "\"i\" INTEGER NOT NULL");
  EXPECT_EQ(column({.name = "n", .kind = ColumnKind::bigint, .default_value = Param(std::int64_t{-3})}),
            "\"n\" BIGINT DEFAULT -3");
  EXPECT_EQ(column({.name = "d", .kind = ColumnKind::decimal, .precision = 10, .scale = 2}),
            "\"d\" DECIMAL(10,2)");
  EXPECT_EQ(column({.name = "v", .length = 9, .default_value = Param(std::string("it's"))}),
            "\"v\" VARCHAR(9)" + std::string(kText) + " DEFAULT 'it''s'");
  EXPECT_EQ(column({.name = "l", .kind = ColumnKind::text, .default_value = Param(std::string("x"))}),
            "\"l\" LONGTEXT" + std::string(kText) + " DEFAULT ('x')")
      << "MySQL takes the default of a long text as an expression only";
  EXPECT_EQ(column({.name = "j", .kind = ColumnKind::jsonb}), "\"j\" JSON");
  EXPECT_EQ(column({.name = "a", .kind = ColumnKind::timestamp_tz}), "\"a\" DATETIME(3)");
  EXPECT_EQ(column({.name = "w", .kind = ColumnKind::timestamp}), "\"w\" DATETIME");
  EXPECT_EQ(column({.name = "u", .kind = ColumnKind::uuid}), "\"u\" CHAR(36)" + std::string(kText));
  EXPECT_EQ(column({.name = "x", .kind = ColumnKind::blob, .default_value = Param(data::Blob{"\x01\xff"})}),
            "\"x\" LONGBLOB DEFAULT (X'01ff')");
  EXPECT_THROW(column({.name = "v", .default_value = Param(std::string("\x01"))}), Error);
}

TEST(MysqlDialectTest, AnAutoIncrementColumnHasAKey) {
  const Texts own = dialect.create_table(
      "t", std::vector<ColumnDef>{
               {.name = "id", .kind = ColumnKind::bigint, .primary_key = true, .auto_increment = true}});
  EXPECT_TRUE(own.front().contains("\"id\" BIGINT NOT NULL AUTO_INCREMENT, PRIMARY KEY (\"id\"))")) << own[0];
  const Texts other = dialect.create_table(
      "t", std::vector<ColumnDef>{{.name = "n", .kind = ColumnKind::bigint, .auto_increment = true}});
  EXPECT_TRUE(other.front().contains("\"n\" BIGINT AUTO_INCREMENT, KEY (\"n\"))")) << other[0];
}

TEST(MysqlDialectTest, WhatOnlyMariadbTakesIsACommentToMysql) {
  EXPECT_EQ(dialect.create_index("t", "i", Texts{"a", "b"}, true),
            "CREATE UNIQUE INDEX /*M!100100 IF NOT EXISTS */ \"i\" ON \"t\" (\"a\", \"b\")");
  EXPECT_EQ(dialect.drop_index("t", "i"), "DROP INDEX /*M!100100 IF EXISTS */ \"i\" ON \"t\"");
  EXPECT_EQ(dialect.drop_column("t", "c"), "ALTER TABLE \"t\" DROP COLUMN /*M!100100 IF EXISTS */ \"c\"");
  EXPECT_FALSE(dialect.transactional_ddl());
  EXPECT_EQ(dialect.returning("id"), "");
}

TEST(MysqlDialectTest, PlacesInJson) {
  EXPECT_EQ(
      dialect.json_number("c", Texts{"a\"b", "it's"}),
      "CASE WHEN JSON_TYPE(JSON_EXTRACT(c, '$.\"a\\\"b\".\"it''s\"')) IN ('INTEGER', 'UNSIGNED INTEGER', "
      "'DOUBLE', 'DECIMAL') THEN JSON_EXTRACT(c, '$.\"a\\\"b\".\"it''s\"') + 0 END");
  EXPECT_TRUE(dialect.json_path("c", Texts{"l", "0"})
                  .contains("CASE WHEN JSON_TYPE(JSON_EXTRACT(c, '$.\"l\"')) = 'ARRAY' THEN "
                            "JSON_EXTRACT(c, '$.\"l\"[0]') ELSE JSON_EXTRACT(c, '$.\"l\".\"0\"') END"));
}

TEST(MysqlDialectTest, KeysComeInFewSizes) {
  auto keys = [](std::int64_t count) {
    std::vector<Param> out;
    for (std::int64_t i = 0; i < count; ++i) out.emplace_back(i);
    return out;
  };
  EXPECT_EQ(dialect.in_keys("c", keys(5)).text, dialect.in_keys("c", keys(8)).text);
  EXPECT_EQ(dialect.in_keys("c", keys(5)).params.back(), Param(std::int64_t{4}));
  EXPECT_TRUE(dialect.in_keys("c", keys(5'000)).text.contains("JSON_TABLE"));
  EXPECT_EQ(dialect.in_keys("c", keys(5'000)).params.size(), 1u);
}

TEST(MysqlDialectTest, OrderAndLimit) {
  EXPECT_EQ(dialect.order_by("c", true), "c IS NULL, c DESC");
  EXPECT_EQ(dialect.limit(20, 40), "LIMIT 20 OFFSET 40");
  EXPECT_EQ(dialect.limit(-1, 0), "");
  EXPECT_EQ(dialect.limit(-1, 3), "LIMIT 18446744073709551615 OFFSET 3");
}

}  // namespace
}  // namespace flotilla::mysql
