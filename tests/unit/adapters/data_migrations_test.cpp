// Migrations on a real database: each once, whoever starts, and nothing half done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "data/migration/migrator.hpp"
#include "sqlite_support.hpp"

namespace flotilla::data::test {
namespace {

using sqlite::test::count;
using sqlite::test::execute;
using sqlite::test::run;
using sqlite::test::select;
using sqlite::test::TempFolder;

const IdSource kIds = [next = std::int64_t{1000}]() mutable { return next++; };

struct DataMigrations : testing::Test {
  TempFolder folder;
  std::unique_ptr<Database> db = open();

  std::unique_ptr<Database> open() {
    sqlite::SqliteOptions options;
    options.path = folder.file("app.db");
    options.synchronous = sqlite::SqliteOptions::Synchronous::normal;
    return sqlite::open_sqlite(options);
  }
  Migrator migrator(std::vector<Migration> migrations, Database* database = nullptr) {
    return {database ? *database : *db,
            {},
            std::move(migrations),
            {Random::system(), kIds, Clock::system(), "1.0.0"}};
  }
  void migrate(std::vector<Migration> migrations) {
    Migrator one = migrator(std::move(migrations));
    run([&]() -> Task<void> { co_await one.run(); });
  }
  std::vector<int> done() {
    Migrator one = migrator({});
    std::vector<int> out;
    run([&]() -> Task<void> {
      for (const AppliedMigration& applied : co_await one.applied()) out.push_back(applied.number);
    });
    return out;
  }
  bool has_column(const std::string& table, const std::string& column) {
    return select(*db,
                  Fragment("SELECT 1 FROM pragma_table_info('" + table + "') WHERE name = '" + column + "'"))
               .size() == 1;
  }
};

Migration file(const char* name, const char* text) { return declared_migration(name, text); }

Migration counting(int number, int& runs) {
  Migration out;
  out.number = number;
  out.name = "counting";
  out.version = out.needs = "1.0.0";
  out.content = "counts";
  out.run = [&runs](Session& session, const WriteScope&) -> Task<void> {
    ++runs;
    const Fragment create("CREATE TABLE made (id INTEGER)");
    co_await session.execute(create);
  };
  return out;
}

TEST_F(DataMigrations, AnEmptyDatabaseGetsThemAllAndASecondStartNone) {
  migrate(declared_migrations());
  EXPECT_EQ(count(*db, "roles"), 3);
  const std::vector<int> all = done();
  EXPECT_EQ(all.size(), declared_migrations().size());
  migrate(declared_migrations());
  EXPECT_EQ(count(*db, "roles"), 3);
  EXPECT_EQ(done(), all);
}

TEST_F(DataMigrations, WhatNeedsNoIdsComesBeforeThereAreAny) {
  Migrator one = migrator(declared_migrations());
  run([&]() -> Task<void> { co_await one.run(false); });
  EXPECT_THAT(done(), ::testing::AllOf(::testing::Contains(2), ::testing::Not(::testing::Contains(3))));
  EXPECT_EQ(count(*db, "roles"), 0);
  run([&]() -> Task<void> { co_await one.run(); });
  EXPECT_EQ(count(*db, "roles"), 3);
}

TEST_F(DataMigrations, OneThatFailsLeavesNothingAndRunsAgain) {
  Migration broken = file("0004_broken.json", R"({"version": "1.0.0", "collections": ["roles"]})");
  auto add = broken.run;
  broken.run = [add](Session& session, const WriteScope& scope) -> Task<void> {
    co_await add(session, scope);
    throw std::runtime_error("killed");
  };
  EXPECT_THROW(migrate({broken}), std::runtime_error);
  EXPECT_FALSE(has_column("roles", "name"));
  EXPECT_EQ(done(), std::vector<int>{});
  broken.run = add;
  migrate({broken});
  EXPECT_TRUE(has_column("roles", "name"));
  EXPECT_EQ(done(), std::vector{4});
}

TEST_F(DataMigrations, ManyAtOnceRunEachOnce) {
  int runs = 0;
  std::vector<std::unique_ptr<Database>> databases;
  std::vector<std::unique_ptr<Migrator>> migrators;
  for (int i = 0; i < 4; ++i) {
    databases.push_back(open());
    migrators.push_back(
        std::make_unique<Migrator>(*databases.back(), NamingRules{}, std::vector{counting(5, runs)},
                                   Migrator::Tools{Random::system(), kIds, Clock::system(), "1.0.0"}));
  }
  boost::asio::io_context io;
  for (auto& one : migrators) sqlite::test::spawn(io, [&]() -> Task<void> { co_await one->run(); });
  io.run();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(done(), std::vector{5});
  databases.clear();
}

TEST_F(DataMigrations, ColumnsAndTheirIndexesAreAddedToATableThatIsThere) {
  execute(*db, Fragment(R"(CREATE TABLE "roles" ("name" VARCHAR(255) NOT NULL PRIMARY KEY))"));
  execute(*db, Fragment(R"(INSERT INTO roles VALUES ('kept'))"));
  const Migration add = file("0006_titles.json", R"({"version": "1.0.0", "fields": {"roles": ["title"]}})");
  migrate({add});
  EXPECT_TRUE(has_column("roles", "title"));
  EXPECT_FALSE(has_column("roles", "description"));
  EXPECT_EQ(select(*db, Fragment(R"(SELECT 1 FROM pragma_index_list('roles') WHERE name = 'roles_title_uk')"))
                .size(),
            1u);
  EXPECT_EQ(count(*db, "roles"), 1);
}

TEST_F(DataMigrations, RowsThatAreThereAreNotDoubled) {
  migrate(declared_migrations());
  const Migration rows = file(
      "9007_rows.json",
      R"({"version": "1.0.0", "rows": {"roles": [{"name": "member", "title": "other"}, {"name": "guest", "title": "Guest"}]}})");
  migrate({rows});
  EXPECT_EQ(count(*db, "roles"), 4);
  EXPECT_NE(select(*db, Fragment("SELECT title FROM roles WHERE name = 'member'")).at(0, 0).as_text(),
            "other");
}

TEST_F(DataMigrations, AContractionDropsAColumnWithItsIndex) {
  migrate(declared_migrations());
  const Migration drop = file("9008_drop.json", R"({"version": "1.0.0", "phase": "contract",
      "drop_columns": {"roles": ["title", "gone already"]}, "drop_tables": ["themeConfig", "nowhere"]})");
  migrate({drop});
  EXPECT_FALSE(has_column("roles", "title"));
  EXPECT_FALSE(has_column("themeConfig", "id"));
  EXPECT_EQ(count(*db, "roles"), 3);
}

TEST_F(DataMigrations, NumbersAreUnique) {
  int runs = 0;
  EXPECT_THROW(migrator({counting(1, runs), counting(1, runs)}), Error);
}

}  // namespace
}  // namespace flotilla::data::test
