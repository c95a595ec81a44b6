// Changes of tables that hold many rows, on a database that can make no index while others write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/cpp/data_world.hpp"

namespace flotilla::data::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct DataOnline : testing::Test {
  DataWorld world;
  std::vector<std::string> handed_over;

  DataOnline() {
    world.model().hand_over_jobs([this](Session&, const std::string& key) -> Task<void> {
      handed_over.push_back(key);
      co_return;
    });
    world.collection(
        R"({"name":"posts","fields":[{"name":"slug","type":"string"},{"name":"extra","type":"string"}]})");
  }
  void fill(std::int64_t rows) {
    world.write([&](Session& session, const WriteScope&) -> Task<void> {
      Fragment statement("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ");
      statement.bind(rows);
      statement += ") INSERT INTO posts (id, slug) SELECT i, 'slug ' || (i / 2) FROM n";
      co_await session.execute(statement);
    });
  }
  Refusal change(const std::string& field, const std::string& options, bool allow_blocking = false) {
    const JsonObject given = json::parse(options).as_object();
    return refusal([&] {
      world.edit(
          [&](MetadataEditor& editor) -> Task<void> { co_await editor.update_field("posts", field, given); },
          {.allow_blocking = allow_blocking, .built = {}});
    });
  }
  bool has_index(const std::string& name) {
    return world.sql("SELECT 1 FROM pragma_index_list('posts') WHERE name = '" + name + "'").size() == 1;
  }
};

TEST_F(DataOnline, ASmallTableIsChangedAtOnce) {
  fill(kManyRows);
  EXPECT_EQ(change("slug", R"({"index":true})").status, 0);
  EXPECT_TRUE(has_index("posts_slug"));
  EXPECT_THAT(handed_over, IsEmpty());
}

TEST_F(DataOnline, WhatBlocksALargeTableIsRefusedBeforehandUnlessOneInsists) {
  fill(kManyRows + 1);
  const Refusal refused = change("slug", R"({"index":true})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.message, AllOf(HasSubstr("an index on \"slug\" of collection \"posts\""),
                                     HasSubstr("SQLite"), HasSubstr("allowBlocking=true")));
  EXPECT_FALSE(has_index("posts_slug"));
  EXPECT_EQ(change("slug", R"({"index":true})", true).status, 0);
  EXPECT_TRUE(has_index("posts_slug"));
}

TEST_F(DataOnline, ColumnsAreAddedToALargeTableButNotDropped) {
  fill(kManyRows + 1);
  world.field("posts", R"({"name":"more","type":"integer","defaultValue":4})");
  EXPECT_EQ(world.sql("SELECT DISTINCT more FROM posts").at(0, 0).as_text(), "4");
  auto drop = [&](bool allow_blocking) {
    return refusal([&] {
      world.edit(
          [](MetadataEditor& editor) -> Task<void> { co_await editor.destroy_field("posts", "extra"); },
          {.allow_blocking = allow_blocking, .built = {}});
    });
  };
  EXPECT_THAT(drop(false).message, HasSubstr("the end of column \"extra\""));
  EXPECT_EQ(drop(true).status, 0);
}

TEST_F(DataOnline, ValuesThatAreNotUniqueAreNamed) {
  fill(10);
  const Refusal refused = change("slug", R"({"unique":true})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.message,
              ::testing::MatchesRegex("\"slug\" of collection \"posts\" cannot be made unique: \"slug .\" "
                                      "\\(2 times\\) is there more than once"));
  EXPECT_FALSE(has_index("posts_slug_uk"));
}

TEST_F(DataOnline, ATableThatAJobIsAtWorkOnIsNotChanged) {
  SchemaJob job;
  job.key = "k1";
  job.collection = job.table = "posts";
  job.columns = {"slug"};
  job.index = "posts_slug_uk";
  world.write([&](Session& session, const WriteScope& scope) -> Task<void> {
    co_await insert_job(session, scope.schema, job, 0);
  });
  const Refusal refused = change("extra", R"({"index":true})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.message, HasSubstr("schemaChanges:get?filterByTk=k1"));
  EXPECT_EQ(change("extra", R"({"title":"Extra"})").status, 0) << "what no table is touched by goes on";
  world.write([&](Session& session, const WriteScope& scope) -> Task<void> {
    co_await finish_job(session, scope.schema, "k1", "a reason", 0);
    const std::optional<SchemaJob> ended = co_await find_job(session, scope.schema, "k1");
    EXPECT_EQ(ended->state, SchemaJob::State::failed);
    EXPECT_EQ(ended->error, "a reason");
    co_await report_job(session, scope.schema, "k1", {"late", 1, 2});
    EXPECT_THAT(co_await open_jobs(session, scope.schema), IsEmpty());
  });
  EXPECT_EQ(change("extra", R"({"index":true})").status, 0);
}

}  // namespace
}  // namespace flotilla::data::test
