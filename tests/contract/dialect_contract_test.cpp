// What every dialect means: the same rows for the same condition, whatever the words.
#include <fmt/format.h>

#include "contract/database_world.hpp"
#include "data/value/date_format.hpp"
#include "data/value/date_time.hpp"

// Columns are named by what they are, not by everything they are not.
#pragma clang diagnostic ignored "-Wmissing-designated-field-initializers"

namespace flotilla::contract {
namespace {

using data::ColumnDef;
using data::ColumnKind;
using data::Fragment;
using data::Param;
using data::Rows;
using data::TextMatch;
using Texts = std::vector<std::string>;

struct DialectContract : testing::TestWithParam<std::string> {
  DatabaseWorld world{GetParam()};
  const data::Dialect& dialect = world.dialect();
  const std::string column = R"("t"."v")";

  /// A table t of the rows 1, 2, ... with these values.
  void fill(ColumnKind kind, const std::vector<Param>& values) {
    world.create(
        "t", {{.name = "id", .kind = ColumnKind::bigint, .primary_key = true}, {.name = "v", .kind = kind}});
    std::int64_t id = 0;
    for (const Param& value : values) {
      Fragment sql("INSERT INTO t VALUES (");
      sql.bind(++id);
      sql += ", ";
      sql.bind(value);
      world.execute(sql += ")");
    }
  }
  /// Ids of the rows for which the condition holds, as "1,3".
  std::string where(const Fragment& condition) {
    Fragment sql("SELECT t.id FROM t WHERE ");
    sql += condition;
    return joined(sql += " ORDER BY id");
  }
  /// The first column of each row; "NULL" for null.
  std::string joined(const Fragment& sql) {
    const Rows rows = world.query(sql);
    std::string out;
    for (std::size_t row = 0; row < rows.size(); ++row)
      out += (row ? "," : "") + (rows.at(row, 0).is_null() ? "NULL" : rows.at(row, 0).as_text());
    return out;
  }
  std::string values(const Fragment& expression) {
    Fragment sql("SELECT ");
    sql += expression;
    return joined(sql += " FROM t ORDER BY t.id");
  }
  std::string matching(TextMatch how, std::string_view text, bool negate = false) {
    return where(dialect.match_text(column, how, text, negate));
  }
  std::vector<std::string> columns(std::string_view table) {
    const Rows rows = world.query(dialect.columns_query(table));
    Texts out;
    for (std::size_t i = 0; i < rows.size(); ++i)
      out.push_back(rows.at(i, 0).as_text() + (rows.at(i, 2).as_int() ? "!" : "") +
                    (rows.at(i, 3).as_int() ? "*" : ""));
    return out;
  }
  Texts indexes(std::string_view table) {
    const Rows rows = world.query(dialect.indexes_query(table));
    Texts out;
    for (std::size_t i = 0; i < rows.size(); ++i)
      out.push_back((rows.at(i, 1).as_int() ? "unique " : "") + rows.at(i, 0).as_text() + "(" +
                    rows.at(i, 2).as_text() + ")");
    return out;
  }
};

TEST_P(DialectContract, TextMatchesLiterally) {
  fill(ColumnKind::text, {std::string("50% off"), std::string("50x off"), std::string("a_b"),
                          std::string("axb"), std::string(R"(c:\dir)"), std::string("c:dir"),
                          std::monostate{}, std::string("ÄÖ äö"), std::string("")});
  EXPECT_EQ(matching(TextMatch::includes, "50%"), "1");
  EXPECT_EQ(matching(TextMatch::includes, "_"), "3");
  EXPECT_EQ(matching(TextMatch::includes, "\\"), "5");
  EXPECT_EQ(matching(TextMatch::includes, "OFF"), "1,2");
  EXPECT_EQ(matching(TextMatch::includes, "äÖ"), "8");
  EXPECT_EQ(matching(TextMatch::starts_with, "50"), "1,2");
  EXPECT_EQ(matching(TextMatch::ends_with, "b"), "3,4");
  EXPECT_EQ(matching(TextMatch::includes, "o", true), "3,4,5,6,8,9") << "null rows are not in it";
  EXPECT_EQ(matching(TextMatch::includes, ""), "1,2,3,4,5,6,8,9");
  EXPECT_EQ(where(dialect.like(column, "%OFF", false, false)), "");
  EXPECT_EQ(where(dialect.like(column, "50_ off", false, false)), "1,2");
  EXPECT_EQ(where(dialect.like(column, R"(c:\\%)", false, false)), "5");
  EXPECT_EQ(where(dialect.like(column, R"(%\)", false, false)), "")
      << "a backslash at the end stands for itself";
  EXPECT_EQ(where(dialect.regexp(column, "^a.b$", false)), "3,4");
  EXPECT_EQ(where(dialect.regexp(column, "^a.b$", true)), "1,2,5,6,8,9");
}

TEST_P(DialectContract, NumbersAreMatchedAsTheirText) {
  fill(ColumnKind::bigint, {std::int64_t{1502}, std::int64_t{-15}, std::int64_t{7}});
  EXPECT_EQ(where(dialect.like(dialect.cast_text(column), "%15%", false, false)), "1,2");
  EXPECT_EQ(values(dialect.cast_text(column)), "1502,-15,7");
}

TEST_P(DialectContract, PlacesInsideJson) {
  fill(ColumnKind::json,
       {std::string(R"({"a":{"b":"x"},"n":2.5,"t":true,"list":["p","q"],"7":"key","k's":"z"})"),
        std::string(R"({"a":null,"n":"2.5","list":[1,2]})"), std::string("[5,6]"), std::monostate{}});
  EXPECT_EQ(values(dialect.json_path(column, Texts{"a", "b"})), "x,NULL,NULL,NULL");
  EXPECT_EQ(values(dialect.json_path(column, Texts{"t"})), "true,NULL,NULL,NULL");
  EXPECT_EQ(values(dialect.json_path(column, Texts{"n"})), "2.5,2.5,NULL,NULL");
  EXPECT_EQ(values(dialect.json_path(column, Texts{"list", "1"})), "q,2,NULL,NULL");
  EXPECT_EQ(values(dialect.json_path(column, Texts{"7"})), "key,NULL,NULL,NULL");
  EXPECT_EQ(values(dialect.json_path(column, Texts{"k's"})), "z,NULL,NULL,NULL");
  EXPECT_EQ(values(dialect.json_path(column, Texts{"1"})), "NULL,NULL,6,NULL");
  Fragment greater(dialect.json_number(column, Texts{"n"}));
  greater += " > ";
  EXPECT_EQ(where(greater.bind(std::int64_t{2})), "1") << "text is no number";
  Fragment third(dialect.json_number(column, Texts{"n"}));
  third += " = ";
  EXPECT_EQ(where(third.bind(2.5)), "1");
}

TEST_P(DialectContract, ListsAsSetsOfTexts) {
  for (ColumnKind kind : {ColumnKind::json, ColumnKind::jsonb}) {
    fill(kind,
         {std::string(R"(["a","b"])"), std::string(R"(["b","a","a"])"), std::string("[]"), std::monostate{},
          std::string("[1,true,null]"), std::string(R"(["a","b","c"])"), std::string(R"(["x\"y","{,}"])")});
    EXPECT_EQ(values(dialect.array_length(column)), "2,3,0,NULL,3,3,2");
    EXPECT_EQ(where(dialect.array_any_of(column, Texts{"b", "zzz"})), "1,2,6");
    EXPECT_EQ(where(dialect.array_any_of(column, Texts{"1"})), "5");
    EXPECT_EQ(where(dialect.array_any_of(column, Texts{"x\"y"})), "7");
    EXPECT_EQ(where(dialect.array_any_of(column, Texts{"{,}"})), "7");
    EXPECT_EQ(where(dialect.array_any_of(column, Texts{})), "");
    EXPECT_EQ(where(dialect.array_same_set(column, Texts{"b", "a"})), "1,2");
    EXPECT_EQ(where(dialect.array_same_set(column, Texts{})), "3");
    Fragment other("NOT (");
    other += dialect.array_same_set(column, Texts{"b", "a"});
    EXPECT_EQ(where(other += ")"), "3,5,6,7") << "where there is no list neither holds";
    EXPECT_EQ(where(dialect.array_has(column, "CASE WHEN \"t\".\"id\" = 5 THEN 'true' ELSE 'b' END")),
              "1,2,5,6");
    world.execute(dialect.drop_table("t"));
  }
}

TEST_P(DialectContract, ManyKeys) {
  fill(ColumnKind::bigint,
       {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, std::int64_t{4}, std::monostate{}});
  std::vector<Param> keys;
  EXPECT_EQ(where(dialect.in_keys(column, keys)), "");
  keys = {std::int64_t{2}};
  EXPECT_EQ(where(dialect.in_keys(column, keys)), "2");
  for (std::int64_t i = 3; i < 100'000; ++i) keys.emplace_back(i);
  EXPECT_EQ(where(dialect.in_keys(column, keys)), "2,3,4");
  world.execute(dialect.drop_table("t"));
  fill(ColumnKind::varchar, {std::string("a\"b"), std::string("{x}"), std::string("NULL"),
                             std::string("c\\d"), std::string("é,")});
  const std::vector<Param> texts{std::string("a\"b"), std::string("NULL"), std::string("c\\d"),
                                 std::string("é,"), std::string("")};
  EXPECT_EQ(where(dialect.in_keys(column, texts)), "1,3,4,5");
}

TEST_P(DialectContract, OrderAndLimit) {
  fill(ColumnKind::bigint, {std::int64_t{2}, std::monostate{}, std::int64_t{1}, std::int64_t{3}});
  auto ids = [&](bool descending, std::int64_t limit, std::int64_t offset) {
    return joined("SELECT id FROM t ORDER BY " + dialect.order_by("v", descending) + " " +
                  dialect.limit(limit, offset));
  };
  EXPECT_EQ(ids(false, -1, 0), "3,1,4,2");
  EXPECT_EQ(ids(true, -1, 0), "4,1,3,2");
  EXPECT_EQ(ids(false, 2, 1), "1,4");
  EXPECT_EQ(ids(false, -1, 3), "2");
  EXPECT_EQ(ids(false, 0, 0), "");
}

TEST_P(DialectContract, DatesByAPattern) {
  const Texts instants{"2024-03-04 05:06:07.089 +00:00", "2023-12-31 23:30:00.000 +00:00",
                       "2023-01-01 00:00:00.000 +00:00", "2024-12-31 12:59:59.999 +00:00",
                       "1969-07-20 20:17:40.000 +00:00"};
  std::vector<Param> params;
  for (const std::string& at : instants) params.emplace_back(data::Instant{at});
  fill(ColumnKind::timestamp_tz, params);
  for (const char* pattern : {"YYYY-MM-DD HH:mm:ss",
                              "YYYY",
                              "YYYY-MM",
                              "YYYY[Q]Q",
                              "GGGG[W]WW",
                              "gggg[w]ww",
                              "YY/M/D H:m:s",
                              "SSS",
                              "MMMM Do, dddd",
                              "MMM ddd dd d",
                              "hh:mm A",
                              "h a",
                              "kk k",
                              "W w",
                              "Z ZZ",
                              "X",
                              "x",
                              "[it's \"YYYY\\] YYYY",
                              "DD[th]",
                              "年YYYY",
                              "YYYYMMDDHHmmss"}) {
    for (int offset : {0, 480, -210}) {
      std::string wanted;
      for (const std::string& at : instants)
        wanted += (wanted.empty() ? "" : "|") + data::format_date(*data::parse_storage(at), pattern, offset);
      const Rows rows = world.query([&] {
        Fragment sql("SELECT ");
        sql += dialect.format_date(column, ColumnKind::timestamp_tz, pattern, offset);
        return sql += " FROM t ORDER BY id";
      }());
      std::string found;
      for (std::size_t i = 0; i < rows.size(); ++i) found += (i ? "|" : "") + rows.at(i, 0).as_text();
      EXPECT_EQ(found, wanted) << pattern << " at " << offset;
    }
  }
}

TEST_P(DialectContract, DatesOfOtherColumns) {
  fill(ColumnKind::timestamp, {std::string("2024-03-04 05:06:07"), std::monostate{}});
  EXPECT_EQ(values(dialect.format_date(column, ColumnKind::timestamp, "YYYY-MM-DD HH", 480)),
            "2024-03-04 05,NULL")
      << "a wall clock has no zone";
  world.execute(dialect.drop_table("t"));
  fill(ColumnKind::date, {std::string("2024-03-04")});
  EXPECT_EQ(values(dialect.format_date(column, ColumnKind::date, "YYYY[W]WW", 480)), "2024W10");
  world.execute(dialect.drop_table("t"));
  fill(ColumnKind::bigint, {std::int64_t{1'709'528'767}, std::int64_t{1'709'528'767'089}, std::monostate{}});
  EXPECT_EQ(values(dialect.format_date(column, ColumnKind::bigint, "YYYY-MM-DD HH:mm:ss", 60)),
            "2024-03-04 06:06:07,2024-03-04 06:06:07,NULL");
}

TEST_P(DialectContract, TablesAreDescribed) {
  world.create(
      "b",
      {{.name = "id", .kind = ColumnKind::bigint, .primary_key = true, .auto_increment = true},
       {.name = "n", .kind = ColumnKind::integer, .not_null = true, .default_value = Param(std::int64_t{7})},
       {.name = "createdAt", .kind = ColumnKind::timestamp_tz},
       {.name = "u", .unique = true}});
  world.create("a", {{.name = "x", .kind = ColumnKind::bigint, .primary_key = true},
                     {.name = "y", .primary_key = true}});
  EXPECT_EQ(joined(dialect.tables_query()), "a,b");
  EXPECT_EQ(columns("a"), (Texts{"x!*", "y!*"}));
  const Texts found = columns("b");
  ASSERT_EQ(found.size(), 4u);
  EXPECT_TRUE(found[0].starts_with("id") && found[0].ends_with("*")) << found[0];
  EXPECT_EQ(found[1], "n!");
  EXPECT_EQ(found[2], "createdAt");
  EXPECT_EQ(indexes("b"), Texts{"unique b_u_uk(u)"}) << "keys are told with the columns";
  world.execute(dialect.create_index("b", "b_two", Texts{"createdAt", "n"}, false));
  world.execute(dialect.create_index("b", "b_two", Texts{"createdAt", "n"}, false));
  Texts wanted{"b_two(createdAt)", "b_two(n)", "unique b_u_uk(u)"};
  if (GetParam() != "mariadb") {  // which has no partial indexes
    world.execute("CREATE UNIQUE INDEX b_part ON b (n) WHERE n > 0");
    wanted.insert(wanted.begin(), "b_part(n)");
  }
  EXPECT_EQ(indexes("b"), wanted);
  world.execute(dialect.drop_index("b", "b_u_uk"));
  world.execute(dialect.drop_index("b", "b_u_uk"));
  wanted.pop_back();
  EXPECT_EQ(indexes("b"), wanted);
  EXPECT_TRUE(columns("nowhere").empty());
  world.execute(dialect.drop_table("a"));
  world.execute(dialect.drop_table("a"));
  EXPECT_EQ(joined(dialect.tables_query()), "b");
}

TEST_P(DialectContract, ColumnsComeAndGo) {
  world.create("t", {{.name = "a"}});
  world.execute("INSERT INTO t VALUES ('kept')");
  world.execute(dialect.add_column(
      "t",
      {.name = "n", .kind = ColumnKind::integer, .not_null = true, .default_value = Param(std::int64_t{7})}));
  world.execute(
      dialect.add_column("t", {.name = "yes", .kind = ColumnKind::boolean, .default_value = Param(true)}));
  world.execute(dialect.add_column("t", {.name = "w", .default_value = Param(std::string("it's \\ \"w\""))}));
  world.execute(
      dialect.add_column("t", {.name = "r", .kind = ColumnKind::double_, .default_value = Param(0.5)}));
  world.execute(dialect.add_column(
      "t", {.name = "b", .kind = ColumnKind::blob, .default_value = Param(data::Blob{"\x01\xff"})}));
  const Rows rows = world.query("SELECT n, yes, w, r, b FROM t");
  EXPECT_EQ(rows.at(0, 0).as_int(), 7);
  EXPECT_EQ(rows.at(0, 1).as_int(), 1);
  EXPECT_EQ(rows.at(0, 2).as_text(), "it's \\ \"w\"");
  EXPECT_EQ(rows.at(0, 3).as_double(), 0.5);
  EXPECT_EQ(rows.at(0, 4).text(), "\x01\xff");
  world.execute(dialect.drop_column("t", "n"));
  EXPECT_EQ(columns("t"), (Texts{"a", "yes", "w", "r", "b"}));
}

TEST_P(DialectContract, HostileNamesStayNames) {
  const Texts names{"a\"b", "x; DROP TABLE t; --", "it's", "select", "two words", "\"", "$1", "{0}", "ünï",
                    "Mixed"};
  std::vector<ColumnDef> defs;
  for (const std::string& name : names) defs.push_back({.name = name});
  const std::string table = "tab\"le; --";
  world.create(table, defs);
  EXPECT_EQ(columns(table), names);
  // MariaDB has room for three such columns in one index.
  world.execute(dialect.create_index(table, "in\"dex", std::span(names).first(3), true));
  Fragment sql("INSERT INTO " + dialect.quote(table) + " (" + dialect.quote(names[0]) + ") VALUES (");
  sql.bind(std::string("v"));
  EXPECT_EQ(world.execute(sql += ")"), 1);
  EXPECT_EQ(joined("SELECT " + dialect.quote(names[0]) + " FROM " + dialect.quote(table)), "v");
  world.execute(dialect.drop_table(table));
}

INSTANTIATE_TEST_SUITE_P(Adapters, DialectContract, testing::Values("sqlite", "postgres", "mariadb"),
                         adapter_name);

}  // namespace
}  // namespace flotilla::contract
