// The words of PostgreSQL. What they mean is tested against a server: tests/contract.
#include <gtest/gtest.h>

#include "adapters/postgres/postgres_dialect.hpp"
#include "base/error.hpp"

// Columns are named by what they are, not by everything they are not.
#pragma clang diagnostic ignored "-Wmissing-designated-field-initializers"

namespace flotilla::postgres {
namespace {

using data::ColumnDef;
using data::ColumnKind;
using data::Param;
using Texts = std::vector<std::string>;

const PostgresDialect& dialect = postgres_dialect();

std::string column(ColumnDef def) {
  const std::string sql = dialect.add_column("t", def);
  constexpr std::string_view kHead = "ALTER TABLE \"t\" ADD COLUMN ";
  EXPECT_TRUE(sql.starts_with(kHead)) << sql;
  return sql.substr(kHead.size());
}

TEST(PostgresDialectTest, NamesAreQuoted) {
  EXPECT_EQ(dialect.name(), "postgres");
  EXPECT_EQ(dialect.quote("createdAt"), "\"createdAt\"");
  EXPECT_EQ(dialect.quote("a\"b"), "\"a\"\"b\"");
  EXPECT_THROW(static_cast<void>(dialect.quote(std::string_view("a\0b", 3))), Error);
  EXPECT_THROW(static_cast<void>(dialect.quote("a\x01")), Error);
  EXPECT_EQ(text_literal("it's \\", "x"), "'it''s \\'");
  EXPECT_THROW(text_literal("a\x01", "x"), Error);
}

TEST(PostgresDialectTest, TypesOfColumns) {
  EXPECT_EQ(column({.name = "b", .kind = ColumnKind::boolean, .default_value = Param(true)}),
            "\"b\" BOOLEAN DEFAULT '1'");
  EXPECT_EQ(column({.name = "i", .kind = ColumnKind::integer, .not_null = true}), "\"i\" INTEGER NOT NULL");
  EXPECT_EQ(column({.name = "n", .kind = ColumnKind::bigint, .default_value = Param(std::int64_t{-3})}),
            "\"n\" BIGINT DEFAULT '-3'");
  EXPECT_EQ(column({.name = "r", .kind = ColumnKind::real}), "\"r\" REAL");
  EXPECT_EQ(column({.name = "f", .kind = ColumnKind::float_}), "\"f\" DOUBLE PRECISION");
  EXPECT_EQ(column({.name = "d", .kind = ColumnKind::decimal, .precision = 10, .scale = 2}),
            "\"d\" DECIMAL(10,2)");
  EXPECT_EQ(column({.name = "d", .kind = ColumnKind::decimal}), "\"d\" DECIMAL");
  EXPECT_EQ(column({.name = "v", .default_value = Param(std::string("it's"))}),
            "\"v\" VARCHAR(255) DEFAULT 'it''s'");
  EXPECT_EQ(column({.name = "v", .length = 9}), "\"v\" VARCHAR(9)");
  EXPECT_EQ(column({.name = "j", .kind = ColumnKind::json}), "\"j\" JSON");
  EXPECT_EQ(column({.name = "j", .kind = ColumnKind::jsonb}), "\"j\" JSONB");
  EXPECT_EQ(column({.name = "a", .kind = ColumnKind::timestamp_tz}), "\"a\" TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(column({.name = "w", .kind = ColumnKind::timestamp}), "\"w\" TIMESTAMP WITHOUT TIME ZONE");
  EXPECT_EQ(column({.name = "u", .kind = ColumnKind::uuid}), "\"u\" UUID");
  EXPECT_EQ(column({.name = "x", .kind = ColumnKind::blob, .default_value = Param(data::Blob{"\x01\xff"})}),
            "\"x\" BYTEA DEFAULT '\\x01ff'");
  EXPECT_THROW(column({.name = "v", .default_value = Param(std::string("\x01"))}), Error);
}

TEST(PostgresDialectTest, TablesWithTheirKeysAndIndexes) {
  const std::vector<ColumnDef> one{
      {.name = "id", .kind = ColumnKind::bigint, .primary_key = true, .auto_increment = true},
      {.name = "u", .unique = true}};
  EXPECT_EQ(
      dialect.create_table("t", one),
      (Texts{
          R"(CREATE TABLE IF NOT EXISTS "t" ("id" BIGSERIAL NOT NULL, "u" VARCHAR(255), PRIMARY KEY ("id")))",
          R"(CREATE UNIQUE INDEX IF NOT EXISTS "t_u_uk" ON "t" ("u"))"}));
  const std::vector<ColumnDef> two{{.name = "a", .primary_key = true, .unique = true},
                                   {.name = "b", .primary_key = true}};
  const Texts statements = dialect.create_table("t", two);
  ASSERT_EQ(statements.size(), 2u) << "one of two keys may be unique by itself";
  EXPECT_TRUE(statements[0].ends_with(R"(PRIMARY KEY ("a", "b")))"));
  EXPECT_TRUE(dialect.last_number_query("t").empty()) << "a chosen id does not move the numbering";
}

TEST(PostgresDialectTest, ListsAsArrays) {
  EXPECT_EQ(array_text(Texts{}), "{}");
  EXPECT_EQ(array_text(Texts{"a", "", "NULL", "q\"\\,{}"}), R"({"a","","NULL","q\"\\,{}"})");
}

TEST(PostgresDialectTest, ManyKeysAreOneValue) {
  std::vector<Param> keys{std::int64_t{1}, std::string("x"), std::monostate{}};
  const data::Fragment sql = dialect.in_keys("c", keys);
  EXPECT_EQ(sql.text, "c = ANY(\x01)");
  ASSERT_EQ(sql.params.size(), 1u);
  EXPECT_EQ(std::get<std::string>(sql.params[0]), R"({1,"x",NULL})");
  EXPECT_EQ(dialect.in_keys("c", {std::int64_t{1}, std::int64_t{2}}).params.size(), 2u);
  EXPECT_EQ(dialect.in_keys("c", {true, false, true}).params.size(), 3u);
}

TEST(PostgresDialectTest, OrderAndLimit) {
  EXPECT_EQ(dialect.order_by("c", true), "c DESC NULLS LAST");
  EXPECT_EQ(dialect.limit(-1, 0), "");
  EXPECT_EQ(dialect.limit(5, 0), "LIMIT 5");
  EXPECT_EQ(dialect.limit(5, 2), "LIMIT 5 OFFSET 2");
  EXPECT_EQ(dialect.limit(-1, 2), "OFFSET 2");
}

TEST(PostgresDialectTest, WhatIsGroupedByIsTheSameWords) {
  const auto a = dialect.format_date("c", ColumnKind::timestamp_tz, "YYYY-MM", 480);
  EXPECT_EQ(a.text, dialect.format_date("c", ColumnKind::timestamp_tz, "YYYY-MM", 480).text);
  EXPECT_TRUE(a.params.empty());
  EXPECT_EQ(dialect.format_date("c", ColumnKind::text, "YYYY", 0).text, "CAST(NULL AS TEXT)");
  EXPECT_THROW(dialect.format_date("c", ColumnKind::date, "YYYY\x01", 0), Error);
}

}  // namespace
}  // namespace flotilla::postgres
