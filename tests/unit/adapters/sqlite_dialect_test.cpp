// Statements about the schema, run against a database.
#include "adapters/sqlite/sqlite_dialect.hpp"

#include "base/error.hpp"
#include "unit/adapters/sqlite_support.hpp"

// Columns are named by what they are, not by everything they are not.
#pragma clang diagnostic ignored "-Wmissing-designated-field-initializers"

namespace flotilla::sqlite::test {
namespace {

using data::ColumnDef;
using data::ColumnKind;

struct SqliteDialectTest : testing::Test {
  TempFolder folder;
  std::unique_ptr<data::Database> db = open_sqlite({.path = folder.file("app.db")});
  const data::Dialect& dialect = db->dialect();

  void create(std::string_view table, std::vector<ColumnDef> columns) {
    for (const std::string& sql : dialect.create_table(table, columns)) execute(*db, Fragment(sql));
  }
  /// "name TYPE" of each column, "!" after not null, "*" after keys.
  std::vector<std::string> columns(std::string_view table) {
    Rows rows = select(*db, dialect.columns_query(table));
    std::vector<std::string> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
      out.push_back(rows.at(i, 0).as_text() + " " + rows.at(i, 1).as_text() +
                    (rows.at(i, 2).as_int() ? "!" : "") + (rows.at(i, 3).as_int() ? "*" : ""));
    return out;
  }
  /// "index(column)" of each column of each index, with "unique" in front.
  std::vector<std::string> indexes(std::string_view table) {
    Rows rows = select(*db, dialect.indexes_query(table));
    std::vector<std::string> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
      out.push_back((rows.at(i, 1).as_int() ? "unique " : "") + rows.at(i, 0).as_text() + "(" +
                    rows.at(i, 2).as_text() + ")");
    return out;
  }
};

TEST_F(SqliteDialectTest, TypesOfColumns) {
  create("t", {
                  {.name = "id", .kind = ColumnKind::bigint, .primary_key = true, .auto_increment = true},
                  {.name = "flag", .kind = ColumnKind::boolean, .default_value = Param(true)},
                  {.name = "i",
                   .kind = ColumnKind::integer,
                   .not_null = true,
                   .default_value = Param(std::int64_t{-3})},
                  {.name = "b", .kind = ColumnKind::bigint},
                  {.name = "r", .kind = ColumnKind::real},
                  {.name = "f", .kind = ColumnKind::float_},
                  {.name = "d", .kind = ColumnKind::double_, .default_value = Param(0.5)},
                  {.name = "dec", .kind = ColumnKind::decimal, .precision = 10, .scale = 2},
                  {.name = "v", .default_value = Param(std::string("it's"))},
                  {.name = "v9", .length = 9},
                  {.name = "txt", .kind = ColumnKind::text},
                  {.name = "j", .kind = ColumnKind::json},
                  {.name = "jb", .kind = ColumnKind::jsonb},
                  {.name = "at", .kind = ColumnKind::timestamp_tz},
                  {.name = "wall", .kind = ColumnKind::timestamp},
                  {.name = "day", .kind = ColumnKind::date},
                  {.name = "clock", .kind = ColumnKind::time},
                  {.name = "u", .kind = ColumnKind::uuid},
                  {.name = "bin", .kind = ColumnKind::blob, .default_value = Param(data::Blob{"\x01\xff"})},
              });
  EXPECT_EQ(columns("t"),
            (std::vector<std::string>{"id INTEGER*", "flag TINYINT(1)", "i INTEGER!", "b BIGINT", "r REAL",
                                      "f FLOAT", "d DOUBLE PRECISION", "dec DECIMAL(10,2)", "v VARCHAR(255)",
                                      "v9 VARCHAR(9)", "txt TEXT", "j JSON", "jb JSON", "at DATETIME",
                                      "wall DATETIME", "day DATE", "clock TIME", "u UUID", "bin BLOB"}));
  execute(*db, "INSERT INTO t (txt) VALUES ('x')");
  Rows row = select(*db, "SELECT id, flag, i, d, v, hex(bin) FROM t");
  EXPECT_EQ(row.at(0, 0).as_int(), 1);
  EXPECT_EQ(row.at(0, 1).as_int(), 1);
  EXPECT_EQ(row.at(0, 2).as_int(), -3);
  EXPECT_EQ(row.at(0, 3).as_double(), 0.5);
  EXPECT_EQ(row.at(0, 4).as_text(), "it's");
  EXPECT_EQ(row.at(0, 5).as_text(), "01FF");
}

TEST_F(SqliteDialectTest, AutoIncrementNeverGivesAKeyTwice) {
  create("t", {{.name = "id", .kind = ColumnKind::bigint, .primary_key = true, .auto_increment = true},
               {.name = "x"}});
  execute(*db, "INSERT INTO t (x) VALUES ('a')");
  execute(*db, "INSERT INTO t (x) VALUES ('b')");
  execute(*db, "DELETE FROM t WHERE id = 2");
  execute(*db, "INSERT INTO t (x) VALUES ('c')");
  EXPECT_EQ(select(*db, "SELECT max(id) FROM t").at(0, 0).as_int(), 3);
}

TEST_F(SqliteDialectTest, CompositeAndTextKeys) {
  create("pair", {{.name = "a", .kind = ColumnKind::bigint, .primary_key = true},
                  {.name = "b", .primary_key = true},
                  {.name = "c"}});
  EXPECT_EQ(columns("pair"), (std::vector<std::string>{"a BIGINT!*", "b VARCHAR(255)!*", "c VARCHAR(255)"}));
  execute(*db, "INSERT INTO pair VALUES (1, 'x', ''), (1, 'y', '')");
  SqlError twice = error_of([&] { execute(*db, "INSERT INTO pair VALUES (1, 'x', '')"); });
  EXPECT_EQ(twice.kind, SqlError::Kind::unique);
  EXPECT_EQ(twice.columns, (std::vector<std::string>{"a", "b"}));
  create("named", {{.name = "name", .primary_key = true}});
  EXPECT_EQ(error_of([&] { execute(*db, "INSERT INTO named VALUES (NULL)"); }).kind,
            SqlError::Kind::not_null);
  EXPECT_TRUE(indexes("pair").empty()) << "keys are told with the columns";
}

TEST_F(SqliteDialectTest, IndexesAreDescribedInOrder) {
  create("t", {{.name = "a", .unique = true}, {.name = "b"}, {.name = "c"}});
  execute(*db, Fragment(dialect.create_index("t", "t_c_b", std::vector<std::string>{"c", "b"}, false)));
  execute(*db, Fragment(dialect.create_index("t", "t_c_b", std::vector<std::string>{"c", "b"}, false)));
  execute(*db, "CREATE UNIQUE INDEX t_partial ON t (b) WHERE c IS NOT NULL");
  EXPECT_EQ(indexes("t"),
            (std::vector<std::string>{"unique t_a_uk(a)", "t_c_b(c)", "t_c_b(b)", "t_partial(b)"}));
  execute(*db, Fragment(dialect.drop_index("t", "t_a_uk")));
  EXPECT_EQ(execute(*db, "INSERT INTO t (a) VALUES (1), (1)"), 2);
}

TEST_F(SqliteDialectTest, ColumnsComeAndGo) {
  create("t", {{.name = "a"}});
  execute(*db, "INSERT INTO t VALUES ('kept')");
  execute(*db, Fragment(dialect.add_column("t", {.name = "n",
                                                 .kind = ColumnKind::integer,
                                                 .not_null = true,
                                                 .default_value = Param(std::int64_t{7})})));
  EXPECT_EQ(select(*db, "SELECT n FROM t").at(0, 0).as_int(), 7);
  execute(*db, Fragment(dialect.drop_column("t", "n")));
  EXPECT_EQ(columns("t"), std::vector<std::string>{"a VARCHAR(255)"});
  EXPECT_EQ(select(*db, "SELECT a FROM t").at(0, 0).as_text(), "kept");
  execute(*db, Fragment(dialect.drop_table("t")));
  execute(*db, Fragment(dialect.drop_table("t")));
  EXPECT_TRUE(columns("t").empty());
}

TEST_F(SqliteDialectTest, TablesWithoutThoseOfSqlite) {
  create("b", {{.name = "id", .kind = ColumnKind::bigint, .primary_key = true, .auto_increment = true}});
  create("a", {{.name = "x"}});
  create("sqliteish", {{.name = "x"}});
  Rows rows = select(*db, dialect.tables_query());
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.at(0, 0).as_text(), "a");
  EXPECT_EQ(rows.at(2, 0).as_text(), "sqliteish");
}

TEST_F(SqliteDialectTest, HostileNamesStayNames) {
  const std::vector<std::string> names{"a\"b",       "x; DROP TABLE t; --",
                                       "it's",       "back`tick",
                                       "[brackets]", "select",
                                       "two words",  "\"",
                                       "ünï→code",   "a.b",
                                       "?1",         "%s"};
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    create(name, {{.name = name, .unique = true}, {.name = "other " + name}});
    Fragment insert("INSERT INTO " + dialect.quote(name) + " (" + dialect.quote(name) + ") VALUES (");
    insert.bind(std::string("v"));
    insert.text += ")";
    execute(*db, insert);
    EXPECT_EQ(columns(name).front(), name + " VARCHAR(255)");
    EXPECT_EQ(indexes(name).size(), 1u);
    EXPECT_EQ(select(*db, Fragment("SELECT " + dialect.quote(name) + " FROM " + dialect.quote(name)))
                  .at(0, 0)
                  .as_text(),
              "v");
  }
  EXPECT_EQ(select(*db, dialect.tables_query()).size(), names.size());
  EXPECT_THROW(dialect.quote(std::string_view("a\0b", 3)), Error);
  EXPECT_THROW(dialect.quote("a\x01"), Error) << "would be read as a placeholder";
  EXPECT_THROW(create("t", {{.name = "x", .default_value = Param(std::string("\x01"))}}), Error);
}

TEST_F(SqliteDialectTest, Limits) {
  EXPECT_EQ(dialect.limit(20, 0), "LIMIT 20");
  EXPECT_EQ(dialect.limit(20, 40), "LIMIT 20 OFFSET 40");
  EXPECT_EQ(dialect.limit(0, 0), "LIMIT 0");
  EXPECT_EQ(dialect.limit(-1, 40), "LIMIT -1 OFFSET 40");
  EXPECT_EQ(dialect.limit(-1, 0), "");
}

}  // namespace
}  // namespace flotilla::sqlite::test
