// Values on their way to PostgreSQL and back.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "adapters/postgres/cells.hpp"
#include "adapters/postgres/parameters.hpp"
#include "adapters/postgres/statement_names.hpp"
#include "data/sql/database.hpp"

namespace flotilla::postgres {
namespace {

using data::Blob;
using data::Cell;
using data::Fragment;
using data::Param;
using data::Rows;
using data::SqlError;

TEST(PostgresParametersTest, AreTextButForBlobs) {
  const std::vector<Param> values{std::monostate{},
                                  true,
                                  false,
                                  std::numeric_limits<std::int64_t>::min(),
                                  0.1,
                                  2.0,
                                  -std::numeric_limits<double>::infinity(),
                                  std::nan(""),
                                  -std::numeric_limits<double>::max(),
                                  std::string("it's"),
                                  Blob{std::string("a\0b", 3)}};
  Parameters p;
  p.set(values);
  ASSERT_EQ(p.count(), 11);
  EXPECT_EQ(p.values()[0], nullptr);
  const char* texts[] = {"1",         "0",   "-9223372036854775808",     "0.1", "2",
                         "-Infinity", "NaN", "-1.7976931348623157e+308", "it's"};
  for (int i = 0; i < 9; ++i) {
    EXPECT_STREQ(p.values()[i + 1], texts[i]);
    EXPECT_EQ(p.formats()[i + 1], 0);
  }
  EXPECT_EQ(p.formats()[10], 1);
  EXPECT_EQ(p.lengths()[10], 3);
  EXPECT_EQ(std::string(p.values()[10], 3), std::string("a\0b", 3));
  p.set({});
  EXPECT_EQ(p.count(), 0);
}

TEST(PostgresParametersTest, ReuseForgetsWhatWasThere) {
  Parameters p;
  p.set({Blob{"xyz"}, std::string("a")});
  p.set({std::monostate{}, std::int64_t{5}});
  EXPECT_EQ(p.values()[0], nullptr);
  EXPECT_EQ(p.formats()[0], 0);
  EXPECT_STREQ(p.values()[1], "5");
}

TEST(PostgresParametersTest, RefuseWhatPostgresCannotTake) {
  Parameters p;
  auto kind = [&](std::vector<Param> values) {
    try {
      p.set(values);
    } catch (const SqlError& error) {
      return error.kind;
    }
    return SqlError::Kind::other;
  };
  EXPECT_EQ(kind({std::string("a\0b", 3)}), SqlError::Kind::invalid_value);
  EXPECT_EQ(kind(std::vector<Param>(65'536, Param(true))), SqlError::Kind::invalid_value);
  EXPECT_NO_THROW(p.set(std::vector<Param>(65'535, Param(true))));
}

TEST(PostgresParametersTest, PlaceholdersAreNumbered) {
  Fragment sql("a = ");
  sql.bind(true);
  sql += " AND b IN (";
  for (int i = 0; i < 10; ++i) sql.bind(std::int64_t{i});
  EXPECT_EQ(finished_text(sql.text), "a = $1 AND b IN ($2$3$4$5$6$7$8$9$10$11");
  EXPECT_NO_THROW(check_values(sql));
  sql.params.pop_back();
  EXPECT_THROW(check_values(sql), SqlError);
}

Rows one(unsigned type, std::string_view text) {
  Rows rows;
  rows.set_columns({"v"});
  add_cell(rows, type, text);
  return rows;
}

constexpr unsigned kBool = 16, kBytea = 17, kInt8 = 20, kInt4 = 23, kText = 25, kFloat4 = 700, kFloat8 = 701,
                   kTimestamp = 1114, kInstant = 1184, kNumeric = 1700, kJsonb = 3802;

TEST(PostgresCellsTest, NumbersAndBooleans) {
  EXPECT_EQ(one(kBool, "t").at(0, 0).as_int(), 1);
  EXPECT_EQ(one(kBool, "f").at(0, 0).kind, Cell::Kind::integer);
  EXPECT_EQ(one(kInt8, "-9223372036854775808").at(0, 0).integer, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(one(kInt4, "7").at(0, 0).kind, Cell::Kind::integer);
  EXPECT_EQ(one(kFloat8, "1e+300").at(0, 0).real, 1e300);
  EXPECT_EQ(one(kFloat4, "0.1").at(0, 0).real, 0.1);
  EXPECT_TRUE(std::isinf(one(kFloat8, "-Infinity").at(0, 0).real));
  EXPECT_TRUE(std::isnan(one(kFloat8, "NaN").at(0, 0).real));
}

TEST(PostgresCellsTest, TextStaysWhatItIs) {
  for (unsigned type : {kText, kNumeric, kJsonb, kTimestamp, 2950u}) {
    const Rows rows = one(type, "12.50");
    EXPECT_EQ(rows.at(0, 0).kind, Cell::Kind::text);
    EXPECT_EQ(rows.at(0, 0).text(), "12.50");
  }
  EXPECT_EQ(one(kText, "").at(0, 0).kind, Cell::Kind::text);
}

TEST(PostgresCellsTest, BytesAreDecoded) {
  EXPECT_EQ(one(kBytea, "\\x00ff5c41").at(0, 0).text(), std::string_view("\x00\xff\\A", 4));
  EXPECT_EQ(one(kBytea, "\\x").at(0, 0).kind, Cell::Kind::blob);
  EXPECT_EQ(one(kBytea, "\\x").at(0, 0).size, 0u);
}

TEST(PostgresCellsTest, InstantsAreWrittenAsEverywhere) {
  auto at = [](std::string_view text) { return one(kInstant, text).at(0, 0).as_text(); };
  EXPECT_EQ(at("2024-03-04 05:06:07.089+00"), "2024-03-04 05:06:07.089 +00:00");
  EXPECT_EQ(at("2024-03-04 05:06:07.0894+00"), "2024-03-04 05:06:07.089 +00:00");
  EXPECT_EQ(at("2024-03-04 05:06:07.999999+00"), "2024-03-04 05:06:07.999 +00:00") << "cut, not rounded";
  EXPECT_EQ(at("2024-03-04 05:06:07.1+00"), "2024-03-04 05:06:07.100 +00:00");
  EXPECT_EQ(at("2024-03-04 05:06:07+00"), "2024-03-04 05:06:07.000 +00:00");
  EXPECT_EQ(at("0001-01-01 00:00:00+00"), "0001-01-01 00:00:00.000 +00:00");
  EXPECT_EQ(at("12024-03-04 05:06:07.5+00"), "+012024-03-04 05:06:07.500 +00:00");
  EXPECT_EQ(at("infinity"), "infinity");
  EXPECT_EQ(at("0044-03-15 00:00:00+00 BC"), "0044-03-15 00:00:00+00 BC");
}

TEST(PostgresStatementNamesTest, TheOneUsedLongestAgoLeaves) {
  StatementNames names(2);
  std::string evicted;
  const std::string a = names.add("A", evicted).name;
  const std::string b = names.add("B", evicted).name;
  EXPECT_EQ(evicted, "");
  EXPECT_NE(a, b);
  names.prepared(a);
  names.prepared(b);
  EXPECT_EQ(names.find("A")->state, StatementNames::State::prepared);
  const std::string c = names.add("C", evicted).name;
  EXPECT_EQ(evicted, b);
  EXPECT_EQ(names.find("B"), nullptr);
  EXPECT_NE(names.find("A"), nullptr);
  EXPECT_EQ(names.find("C")->state, StatementNames::State::preparing);
}

TEST(PostgresStatementNamesTest, WhatWasNeverPreparedIsNotDropped) {
  StatementNames names(1);
  std::string evicted = "old";
  const std::string a = names.add("A", evicted).name;
  EXPECT_EQ(evicted, "");
  names.add("B", evicted);
  EXPECT_EQ(evicted, "") << "its making has not been confirmed";
  names.prepared(a);  // confirmed too late: nobody knows it any more
  EXPECT_EQ(names.size(), 1u);
}

TEST(PostgresStatementNamesTest, NamesAreNeverGivenAgain) {
  StatementNames names(4);
  std::string evicted;
  const std::string first = names.add("A", evicted).name;
  EXPECT_TRUE(names.forget(first));
  EXPECT_FALSE(names.forget(first));
  EXPECT_EQ(names.find("A"), nullptr);
  EXPECT_NE(names.add("A", evicted).name, first);
  names.clear();
  EXPECT_EQ(names.size(), 0u);
  EXPECT_NE(names.add("A", evicted).name, first);
}

TEST(PostgresStatementNamesTest, KeepsOnlyWhatMayComeAgain) {
  EXPECT_FALSE(StatementNames(0).keeps("A"));
  EXPECT_TRUE(StatementNames(1).keeps(std::string(StatementNames::kMaxTextBytes, 'x')));
  EXPECT_FALSE(StatementNames(1).keeps(std::string(StatementNames::kMaxTextBytes + 1, 'x')));
}

}  // namespace
}  // namespace flotilla::postgres
