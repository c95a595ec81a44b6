// What an error of PostgreSQL means.
#include <gtest/gtest.h>

#include "adapters/postgres/postgres_error.hpp"

namespace flotilla::postgres {
namespace {

using Kind = data::SqlError::Kind;
using Names = std::vector<std::string>;

Kind kind(std::string_view state) { return sql_error({.state = state, .message = "m"}, false).kind; }

TEST(PostgresErrorTest, Kinds) {
  EXPECT_EQ(kind("23505"), Kind::unique);
  EXPECT_EQ(kind("23502"), Kind::not_null);
  EXPECT_EQ(kind("23514"), Kind::invalid_value);
  EXPECT_EQ(kind("42601"), Kind::syntax);
  for (const char* state : {"42P01", "42703", "42702", "3F000"})
    EXPECT_EQ(kind(state), Kind::unknown_name) << state;
  for (const char* state : {"22P02", "22003", "22001", "22021", "42804"})
    EXPECT_EQ(kind(state), Kind::invalid_value) << state;
  for (const char* state : {"55P03", "57014", "53300"}) EXPECT_EQ(kind(state), Kind::busy) << state;
  for (const char* state : {"40001", "40P01"}) EXPECT_EQ(kind(state), Kind::deadlock) << state;
  for (const char* state : {"57P01", "57P02", "57P03", "08006", "53100", "53200", "58030", "XX001"})
    EXPECT_EQ(kind(state), Kind::unavailable) << state;
  for (const char* state : {"42501", "23503", "08P01", "XX000", "25P02"})
    EXPECT_EQ(kind(state), Kind::other) << state;
}

TEST(PostgresErrorTest, ReadOnlyIsTheReadersFaultOrTheServers) {
  EXPECT_EQ(sql_error({.state = "25006", .message = "no"}, true).kind, Kind::other);
  EXPECT_EQ(sql_error({.state = "25006", .message = "no"}, false).kind, Kind::unavailable);
}

TEST(PostgresErrorTest, APlanThatIsTooOldMayBeTriedAgain) {
  const ErrorFields fields{.state = "0A000", .message = "m", .function = "RevalidateCachedQuery"};
  EXPECT_EQ(sql_error(fields, false).kind, Kind::busy);
  EXPECT_TRUE(may_be_stale(fields));
  EXPECT_TRUE(may_be_stale({.state = "26000"}));
  EXPECT_FALSE(may_be_stale({.state = "23505"}));
  EXPECT_EQ(kind("0A000"), Kind::other);
}

TEST(PostgresErrorTest, ColumnsOfAKey) {
  EXPECT_EQ(columns_of_key("Key (a)=(1) already exists."), Names{"a"});
  EXPECT_EQ(columns_of_key("Key (\"createdAt\", b)=(x, (y)) already exists."), (Names{"createdAt", "b"}));
  EXPECT_EQ(columns_of_key("Key (\"a\"\"b, (c)\")=(1) already exists."), Names{"a\"b, (c)"});
  EXPECT_EQ(columns_of_key("Schlüssel (a, b)=(1, 2) existiert bereits."), (Names{"a", "b"}));
  EXPECT_EQ(columns_of_key("Key (lower(name::text))=(bob) already exists."), Names{});
  EXPECT_EQ(columns_of_key("Key (a, lower(name::text))=(1, bob) already exists."), Names{});
  EXPECT_EQ(columns_of_key("Key (name::text)=(bob) already exists."), Names{});
  for (const char* text :
       {"", "Key", "Key (", "Key (a", "Key (a)", "Key (a) (b)=(1)", "Key (\"a)=(1)", "Key ()=(1)"})
    EXPECT_EQ(columns_of_key(text), Names{}) << text;
}

TEST(PostgresErrorTest, NamesThatAreNotKnown) {
  auto table = sql_error({.state = "42P01", .message = "relation \"posts\" does not exist"}, false);
  EXPECT_EQ(table.table, "posts");
  auto column = sql_error({.state = "42703", .message = "column \"x y\" does not exist"}, false);
  EXPECT_EQ(column.columns, Names{"x y"});
  auto of = sql_error({.state = "42703", .message = "column \"x\" of relation \"t\" does not exist"}, false);
  EXPECT_EQ(of.columns, Names{"x"});
  EXPECT_EQ(of.table, "t");
  auto dotted = sql_error({.state = "42703", .message = "column t.nope does not exist"}, false);
  EXPECT_EQ(dotted.table, "t");
  EXPECT_EQ(dotted.columns, Names{"nope"});
  auto foreign = sql_error({.state = "42703", .message = "Spalte t.nope existiert nicht"}, false);
  EXPECT_EQ(foreign.kind, Kind::unknown_name);
  EXPECT_TRUE(foreign.columns.empty());
}

}  // namespace
}  // namespace flotilla::postgres
