#include <gtest/gtest.h>

#include "base/error.hpp"
#include "data/sql/select_text.hpp"

namespace flotilla::data::sql {
namespace {

TEST(SelectText, TakesOneQueryThatReads) {
  EXPECT_EQ(checked_select("select 1"), "select 1");
  EXPECT_EQ(checked_select("  SELECT a FROM t;\n drop table t"), "SELECT a FROM t");
  EXPECT_EQ(checked_select("with a as (select 1) select * from a"), "with a as (select 1) select * from a");
  EXPECT_EQ(checked_select("-- all of them\nselect a from t -- end"), "select a from t -- end");
  EXPECT_EQ(checked_select("select ';', 'it''s', \"a;b\" from t"), "select ';', 'it''s', \"a;b\" from t");
  EXPECT_EQ(checked_select("select a::text, '?' from t where j @> '{}'"),
            "select a::text, '?' from t where j @> '{}'");
  EXPECT_EQ(checked_select("select \"update\" from t"), "select \"update\" from t");
}

TEST(SelectText, RefusesWhatIsNoQuery) {
  for (const char* text :
       {"", "  -- nothing", "delete from t", "insert into t values (1)", "with a as (select 1)", "(select 1)",
        "explain select 1", "pragma x", "select into outfile"})
    EXPECT_THROW(checked_select(text), Error) << text;
}

TEST(SelectText, RefusesToLeaveTheBrackets) {
  for (const char* text : {"select 1) as t, (select 2", "select (1", "select (1; select 2)", "select ')' )"})
    EXPECT_THROW(checked_select(text), Error) << text;
}

TEST(SelectText, RefusesWhatDatabasesReadDifferently) {
  for (const char* text : {"select ?", "select $1", "select :a", "select @a", "select $$a$$",
                           "select 'a\\' , 'b'", "select 1 /*! + 1 */", "select /* a /* b */ 1",
                           "select 'open", "select \"open", "select /* open", "select \x01"})
    EXPECT_THROW(checked_select(text), Error) << text;
}

TEST(SelectText, RefusesWhatReachesOutside) {
  for (const char* text :
       {"select pg_sleep(9)", "select PG_READ_FILE('x')", "select * from \"pg_authid\"",
        "select * from pg_catalog.pg_class", "select * from information_schema.tables",
        "select * from \"information_schema\".tables", "select load_extension('x')",
        "select * from sqlite_master", "select * from mysql.user",
        "select query_to_xml('select 1', true, true, '')", "select lo_import('x')", "select dblink('x', 'y')",
        "with a as (delete from t returning *) select * from a", "select * into b from a",
        "select set_config('a', 'b', false)", "select * from generate_series(1, 1000000000)",
        "select * from pragma_table_info('x')"})
    EXPECT_THROW(checked_select(text), Error) << text;
}

TEST(SelectText, RefusesWhatIsTooLong) {
  EXPECT_THROW(checked_select("select '" + std::string(kSelectBytesMax, 'x') + "'"), Error);
}

TEST(SelectText, FindsTheTablesOfAQuery) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(mentioned_tables("select * from a"), Names{"a"});
  EXPECT_EQ(mentioned_tables("select a.x from a, \"b c\" join public.d on d.id = a.id where e = 'from f'"),
            (Names{"a", "b c", "d"}));
  EXPECT_EQ(mentioned_tables("select * from (select x from `inner`) t left join b using (id)"),
            (Names{"inner", "b"}));
  EXPECT_EQ(mentioned_tables("CREATE VIEW v AS SELECT p.id FROM (posts p JOIN authors a ON ((a.id = p.id)))"),
            (Names{"posts", "authors"}));
  EXPECT_EQ(mentioned_tables("select 1"), Names{});
}

}  // namespace
}  // namespace flotilla::data::sql
