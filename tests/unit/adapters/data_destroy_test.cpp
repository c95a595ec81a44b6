// Destroying records and what happens to those that point at them.
#include <gtest/gtest.h>

#include "lib/cpp/data_world.hpp"

namespace flotilla::data::test {
namespace {

struct DataDestroy : testing::Test {
  DataWorld world;
  void link(const std::string& on_delete) {
    world.collection(R"({"name":"authors","fields":[{"name":"name","type":"string"}]})");
    world.collection(R"({"name":"posts","fields":[{"name":"title","type":"string"}]})");
    world.collection(R"({"name":"comments","fields":[{"name":"text","type":"string"}]})");
    world.field(
        "posts",
        R"({"name":"author","type":"belongsTo","target":"authors","foreignKey":"authorId","reverseField":{"name":"posts"},"onDelete":")" +
            on_delete + "\"}");
    world.field(
        "comments",
        R"({"name":"post","type":"belongsTo","target":"posts","foreignKey":"postId","reverseField":{"name":"comments"},"onDelete":"CASCADE"})");
    world.create("authors",
                 R"({"name":"Ann","posts":[{"title":"p","comments":[{"text":"c"}]},{"title":"q"}]})");
    world.create("authors", R"({"name":"Bob","posts":[{"title":"r"}]})");
  }
};

TEST_F(DataDestroy, NoAction) {
  link("NO ACTION");
  EXPECT_EQ(world.destroy("authors", "{}", "1"), 1);
  EXPECT_EQ(world.column("posts", "authorId"), "1,1,2");
}

TEST_F(DataDestroy, SetNull) {
  link("SET NULL");
  EXPECT_EQ(world.destroy("authors", R"({"name":"Ann"})"), 1);
  EXPECT_EQ(world.column("posts", "authorId"), "null,null,2");
}

TEST_F(DataDestroy, CascadeGoesOn) {
  link("CASCADE");
  EXPECT_EQ(world.destroy("authors", "{}", "[1]"), 1);
  EXPECT_EQ(world.ids("posts", "{}"), "3");
  EXPECT_EQ(world.ids("comments", "{}"), "");
}

TEST_F(DataDestroy, RestrictKeepsEverything) {
  link("RESTRICT");
  Refusal refused = refusal([&] { world.destroy("authors", "{}", "1"); });
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.message.starts_with("RESTRICT")) << refused.message;
  EXPECT_EQ(world.ids("authors", "{}"), "1,2");
  world.destroy("posts", R"({"authorId":1})");
  EXPECT_EQ(world.destroy("authors", "{}", "1"), 1);
}

TEST_F(DataDestroy, FilterAndKeysIntersect) {
  link("NO ACTION");
  EXPECT_EQ(world.destroy("posts", R"({"title":"p"})", "[1,2,3]"), 1);
  EXPECT_EQ(world.destroy("posts", R"({"title":"p"})", "[2,3]"), 0);
  EXPECT_EQ(world.destroy("posts", R"({"author.name":"Ann"})"), 1);
  EXPECT_EQ(world.destroy("posts", "{}", "[]"), 0);
  EXPECT_EQ(world.ids("posts", "{}"), "3");
}

TEST_F(DataDestroy, LinksGoTargetsStay) {
  world.collection(R"({"name":"tags","fields":[]})");
  world.collection(R"({"name":"posts","fields":[]})");
  world.field(
      "posts",
      R"({"name":"tags","type":"belongsToMany","target":"tags","through":"links","foreignKey":"postId","otherKey":"tagId"})");
  world.create("posts", R"({"tags":[{},{}]})");
  world.destroy("posts", "{}", "1");
  EXPECT_EQ(world.list("links").at("data").as_array().size(), 0u);
  EXPECT_EQ(world.ids("tags", "{}"), "1,2");
}

TEST_F(DataDestroy, CyclesOfCascadesEnd) {
  world.collection(R"({"name":"nodes","fields":[{"name":"parentId","type":"bigInt"}]})");
  world.field(
      "nodes",
      R"({"name":"parent","type":"belongsTo","target":"nodes","foreignKey":"parentId","onDelete":"CASCADE"})");
  for (std::string parent : {"3", "1", "2", "4", "null"})
    world.create("nodes", R"({"parentId":)" + parent + "}");
  EXPECT_EQ(world.destroy("nodes", "{}", "1"), 1);
  EXPECT_EQ(world.ids("nodes", "{}"), "4,5");
  EXPECT_EQ(world.destroy("nodes", "{}", "4"), 1);  // points at itself
  EXPECT_EQ(world.ids("nodes", "{}"), "5");
}

TEST_F(DataDestroy, CascadesThatAreTooDeepAreRefusedAsAWhole) {
  world.collection(R"({"name":"nodes","fields":[{"name":"parentId","type":"bigInt"}]})");
  world.field(
      "nodes",
      R"({"name":"parent","type":"belongsTo","target":"nodes","foreignKey":"parentId","onDelete":"CASCADE"})");
  world.create("nodes", "{}");
  for (int i = 1; i <= kCascadeDepthMax + 5; ++i)
    world.create("nodes", R"({"parentId":)" + std::to_string(i) + "}");
  EXPECT_EQ(refusal([&] { world.destroy("nodes", "{}", "1"); }).status, 400);
  EXPECT_EQ(world.list("nodes").at("data").as_array().size(), std::size_t{kCascadeDepthMax} + 6);
}

TEST_F(DataDestroy, ManyRows) {
  link("CASCADE");
  world.write([](Session& session, const WriteScope&) -> Task<void> {
    Fragment many(
        "INSERT INTO posts (title, authorId) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 3000) SELECT 'many', 2 FROM n");
    co_await session.execute(many);
    Fragment comments("INSERT INTO comments (text, postId) SELECT 'x', id FROM posts WHERE title = 'many'");
    co_await session.execute(comments);
  });
  EXPECT_EQ(world.destroy("posts", R"({"title":"many"})"), 3000);
  EXPECT_EQ(world.ids("comments", "{}"), "1");
}

}  // namespace
}  // namespace flotilla::data::test
