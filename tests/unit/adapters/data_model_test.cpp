// Changing the schema: what it does to tables and indexes, and that a change that fails leaves nothing
// behind.
#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/sqlite/sqlite_dialect.hpp"
#include "data/schema/schema_changes.hpp"
#include "lib/cpp/data_world.hpp"

namespace flotilla::data::test {
namespace {

struct DataModel : testing::Test {
  DataWorld world;
  bool has_column(const std::string& table, const std::string& column) {
    return world.sql("SELECT 1 FROM pragma_table_info('" + table + "') WHERE name = '" + column + "'")
               .size() == 1;
  }
  /// 0: no such index, 1: plain, 2: unique.
  int index(const std::string& table, const std::string& name) {
    Rows rows =
        world.sql("SELECT \"unique\" FROM pragma_index_list('" + table + "') WHERE name = '" + name + "'");
    return rows.empty() ? 0 : static_cast<int>(rows.at(0, 0).as_int()) + 1;
  }
  void change(const std::string& collection, const std::string& field, const std::string& options) {
    const JsonObject given = json::parse(options).as_object();
    world.edit([&](MetadataEditor& editor) -> Task<void> {
      co_await editor.update_field(collection, field, given);
    });
  }
};

TEST_F(DataModel, ColumnsFollowTheFields) {
  world.collection(R"({"name":"posts","fields":[{"name":"title","type":"string"}]})");
  world.create("posts", R"({"title":"kept"})");
  world.field("posts", R"({"name":"extra","type":"integer","defaultValue":4})");
  EXPECT_TRUE(has_column("posts", "extra"));
  EXPECT_EQ(world.column("posts", "title"), "kept");
  EXPECT_EQ(world.column("posts", "extra"), "4");
  world.edit([](MetadataEditor& editor) -> Task<void> {
    EXPECT_TRUE(co_await editor.destroy_field("posts", "extra"));
  });
  EXPECT_FALSE(has_column("posts", "extra"));
  EXPECT_EQ(world.column("posts", "title"), "kept");
}

TEST_F(DataModel, UniqueFlagBothWays) {
  world.collection(R"({"name":"posts","fields":[{"name":"slug","type":"string"}]})");
  change("posts", "slug", R"({"unique":true})");
  EXPECT_EQ(index("posts", "posts_slug_uk"), 2);
  world.create("posts", R"({"slug":"a"})");
  EXPECT_EQ(refusal([&] { world.create("posts", R"({"slug":"a"})"); }).status, 400);
  change("posts", "slug", R"({"unique":false})");
  EXPECT_EQ(index("posts", "posts_slug_uk"), 0);
  world.create("posts", R"({"slug":"a"})");
  EXPECT_NE(refusal([&] { change("posts", "slug", R"({"unique":true})"); }).status,
            0);  // there are equal values
  EXPECT_EQ(index("posts", "posts_slug_uk"), 0);
  world.create("posts", R"({"slug":"a"})");
}

TEST_F(DataModel, DeclaredIndexesAreMade) {
  world.collection(
      R"({"name":"posts","indexes":[["a","b"],{"unique":true,"fields":["b","c"]}],"fields":[{"name":"a","type":"string"},{"name":"b","type":"string","index":true},{"name":"c","type":"string"}]})");
  EXPECT_EQ(index("posts", "posts_a_b"), 1);
  EXPECT_EQ(index("posts", "posts_b"), 1);
  EXPECT_EQ(index("posts", "posts_b_c_uk"), 2);
  world.edit([](MetadataEditor& editor) -> Task<void> {
    const JsonObject none = json::parse(R"({"indexes":[]})").as_object();
    co_await editor.update_collection("posts", none);
  });
  EXPECT_EQ(index("posts", "posts_a_b"), 0);
  EXPECT_EQ(index("posts", "posts_b_c_uk"), 0);
  EXPECT_EQ(index("posts", "posts_b"), 1);
}

TEST_F(DataModel, IndexedColumnCanBeDropped) {
  world.collection(
      R"({"name":"posts","indexes":[["a","b"]],"fields":[{"name":"a","type":"string","unique":true},{"name":"b","type":"string"}]})");
  world.edit([](MetadataEditor& editor) -> Task<void> { co_await editor.destroy_field("posts", "a"); });
  EXPECT_FALSE(has_column("posts", "a"));
  EXPECT_EQ(index("posts", "posts_a_b"), 0);
}

TEST_F(DataModel, DestroyedCollectionTakesWhatPointsAtIt) {
  world.collection(R"({"name":"authors","fields":[]})");
  world.collection(R"({"name":"posts","fields":[]})");
  world.field("posts", R"({"name":"author","type":"belongsTo","target":"authors","foreignKey":"authorId"})");
  world.edit([](MetadataEditor& editor) -> Task<void> {
    EXPECT_TRUE(co_await editor.destroy_collection("authors"));
    EXPECT_FALSE(co_await editor.destroy_collection("authors"));
  });
  EXPECT_EQ(world.schema()->find("authors"), nullptr);
  EXPECT_EQ(world.schema()->collection("posts").find("author"), nullptr);
  EXPECT_EQ(world.sql("SELECT 1 FROM sqlite_master WHERE name = 'authors'").size(), 0u);
  EXPECT_TRUE(has_column("posts", "authorId"));
}

TEST_F(DataModel, ReverseFieldsMirror) {
  world.collection(R"({"name":"tags","fields":[]})");
  world.collection(R"({"name":"posts","fields":[]})");
  world.field("posts",
              R"({"name":"tags","type":"belongsToMany","target":"tags","reverseField":{"name":"posts"}})");
  const Association& a = world.schema()->collection("posts").field("tags").association;
  const Association& b = world.schema()->collection("tags").field("posts").association;
  EXPECT_EQ(a.through, b.through);
  EXPECT_EQ(a.foreign_key, b.other_key);
  EXPECT_EQ(a.other_key, b.foreign_key);
  EXPECT_TRUE(world.schema()->collection(a.through).through);
  EXPECT_EQ(
      refusal([&] {
        world.field(
            "posts",
            R"({"name":"x","type":"belongsTo","target":"tags","reverseField":{"name":"y","type":"bogus"}})");
      }).status,
      400);
  EXPECT_EQ(world.schema()->collection("posts").find("x"), nullptr);
}

TEST_F(DataModel, RefusedChangesLeaveNothing) {
  world.collection(R"({"name":"posts","fields":[{"name":"title","type":"string"}]})");
  const std::uint64_t epoch = world.schema()->epoch();
  auto status = [&](auto action) { return refusal(action).status; };
  EXPECT_EQ(refusal([&] { world.collection(R"({"name":"posts"})"); }).message,
            "Collection named posts already exists");
  EXPECT_EQ(
      status([&] {
        world.collection(R"({"name":"other","tableName":"posts","fields":[{"name":"a","type":"string"}]})");
      }),
      400);
  EXPECT_EQ(status([&] {
              world.collection(
                  R"({"name":"half","fields":[{"name":"a","type":"string"},{"name":"b","type":"bogus"}]})");
            }),
            400);
  EXPECT_EQ(status([&] { world.collection("{\"name\":\"a\\\" (x); DROP TABLE users; --\"}"); }), 400);
  EXPECT_EQ(status([&] { world.field("posts", R"({"name":"title","type":"string"})"); }), 400);
  EXPECT_EQ(status([&] { world.field("posts", R"({"name":"x','type":"string"})"); }), 400);
  EXPECT_EQ(status([&] { world.field("nope", R"({"name":"x","type":"string"})"); }), 404);
  EXPECT_EQ(status([&] { change("posts", "title", R"({"type":"integer"})"); }), 400);
  EXPECT_EQ(status([&] { change("posts", "title", R"({"name":"renamed"})"); }), 400);
  EXPECT_EQ(
      status([&] {
        world.field(
            "posts",
            R"({"name":"user","type":"belongsTo","target":"users","foreignKey":"title","targetKey":"id"})");
      }),
      400);
  EXPECT_EQ(world.schema()->epoch(), epoch);
  EXPECT_EQ(world.schema()->find("half"), nullptr);
  EXPECT_EQ(world.sql("SELECT 1 FROM sqlite_master WHERE name IN ('half', 'other')").size(), 0u);
  EXPECT_EQ(world.create("posts", R"({"title":"still"})").at("title"), Json("still"));
}

TEST_F(DataModel, RestartFindsTheSame) {
  world.collection(R"({"name":"posts","fields":[{"name":"title","type":"string"}]})");
  world.field(
      "posts",
      R"({"name":"tags","type":"belongsToMany","target":"posts","through":"links","foreignKey":"aId","otherKey":"bId"})");
  world.create("posts", R"({"title":"a","tags":[{"title":"b"}]})");
  world.reopen();
  EXPECT_TRUE(world.problems().empty());
  EXPECT_EQ(world.first("posts", R"({"title":"a"})", R"(["tags"])").at("tags").at(0).at("title"), Json("b"));
}

TEST_F(DataModel, SetFields) {
  world.collection(
      R"({"name":"posts","fields":[{"name":"a","type":"string"},{"name":"b","type":"string"}]})");
  world.edit([](MetadataEditor& editor) -> Task<void> {
    const JsonArray fields =
        json::parse(R"([{"name":"b","type":"string","title":"B"},{"name":"c","type":"integer"}])").as_array();
    co_await editor.set_fields("posts", fields);
  });
  EXPECT_FALSE(has_column("posts", "a"));
  EXPECT_TRUE(has_column("posts", "c"));
  EXPECT_EQ(world.schema()->collection("posts").field("b").label(), "B");
}

TEST(DataModelNames, PrefixAndUnderscore) {
  DataWorld world({"p_", true});
  world.collection(
      R"({"name":"blogPosts","createdBy":true,"fields":[{"name":"longTitle","type":"string"}]})");
  world.field("blogPosts",
              R"({"name":"mainAuthor","type":"belongsTo","target":"users","foreignKey":"mainAuthorId"})");
  world.create("blogPosts", R"({"longTitle":"x"})");
  EXPECT_EQ(world.sql("SELECT long_title, main_author_id FROM p_blog_posts").size(), 1u);
  EXPECT_EQ(world.ids("blogPosts", R"({"mainAuthor.$notExists":true,"longTitle":"x"})"), "1");
  EXPECT_EQ(world.column("blogPosts", "longTitle", "{}", R"(["-longTitle"])"), "x");
}

std::shared_ptr<const Schema> build(std::string_view text) {
  std::vector<Collection> all;
  for (const Json& c : json::parse(text).as_array()) all.push_back(build_collection(c.as_object(), {}, true));
  return Schema::build(std::move(all), {}, 1);
}

TEST(SchemaChanges, StatementsForEachDifference) {
  auto before = build(
      R"([{"name":"a","fields":[{"name":"x","type":"string","unique":true},{"name":"y","type":"string"}]},{"name":"gone"},{"name":"v","template":"view","fields":[{"name":"q","type":"string"}]}])");
  auto after = build(
      R"([{"name":"a","fields":[{"name":"x","type":"string"},{"name":"z","type":"string","unique":true}]},{"name":"fresh"},{"name":"empty","autoGenId":false}])");
  std::vector<std::string> changes = schema_changes(*before, *after, sqlite::sqlite_dialect());
  auto has = [&](std::string_view start) {
    return std::ranges::any_of(changes, [&](const std::string& sql) { return sql.starts_with(start); });
  };
  EXPECT_EQ(changes.size(), 6u);
  EXPECT_TRUE(has(R"(DROP TABLE IF EXISTS "gone")"));
  EXPECT_TRUE(has(R"(DROP INDEX IF EXISTS "a_x_uk")"));
  EXPECT_TRUE(has(R"(ALTER TABLE "a" ADD COLUMN "z")"));
  EXPECT_TRUE(has(R"(ALTER TABLE "a" DROP COLUMN "y")"));
  EXPECT_TRUE(has(R"(CREATE UNIQUE INDEX IF NOT EXISTS "a_z_uk")"));
  EXPECT_TRUE(has(R"(CREATE TABLE IF NOT EXISTS "fresh")"));
  EXPECT_TRUE(schema_changes(*after, *after, sqlite::sqlite_dialect()).empty());

  const SchemaSteps steps = schema_steps(*before, *after, sqlite::sqlite_dialect());
  auto in = [](const std::vector<std::string>& list, std::string_view start) {
    return std::ranges::any_of(list, [&](const std::string& sql) { return sql.starts_with(start); });
  };
  EXPECT_EQ(steps.adds.size() + steps.drops.size(), changes.size());
  EXPECT_TRUE(in(steps.adds, R"(ALTER TABLE "a" ADD COLUMN "z")"));
  EXPECT_TRUE(in(steps.adds, R"(CREATE TABLE IF NOT EXISTS "fresh")"));
  EXPECT_TRUE(in(steps.drops, R"(ALTER TABLE "a" DROP COLUMN "y")"));
  EXPECT_TRUE(in(steps.drops, R"(DROP TABLE IF EXISTS "gone")"));
  std::vector<std::string> names;
  for (const Collection* collection : grown(*before, *after)) names.push_back(collection->name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "fresh"}));
  EXPECT_TRUE(grown(*after, *after).empty());
}

TEST(SchemaChanges, WhatStoodThereBeforeIsNotTakenBack) {
  const auto schema = build(R"([{"name":"a","autoGenId":false,"timestamps":false,"fields":[
      {"name":"x","type":"string","unique":true},{"name":"y","type":"integer"}]}])");
  const Collection& a = schema->collection("a");
  const Dialect& dialect = sqlite::sqlite_dialect();
  EXPECT_EQ(taken_back({}, a, dialect), std::vector<std::string>{R"(DROP TABLE IF EXISTS "a")"});
  const TableInfo half{{{"x", "VARCHAR(255)"}}, {}};
  EXPECT_EQ(taken_back(half, a, dialect), (std::vector<std::string>{R"(DROP INDEX IF EXISTS "a_x_uk")",
                                                                    R"(ALTER TABLE "a" DROP COLUMN "y")"}));
  const TableInfo whole{{{"x", "VARCHAR(255)"}, {"y", "INTEGER"}}, {{"a_x_uk", true, {"x"}}}};
  EXPECT_TRUE(taken_back(whole, a, dialect).empty());
}

}  // namespace
}  // namespace flotilla::data::test
