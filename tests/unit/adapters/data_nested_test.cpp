// Values of associations inside create and update, and add, set, remove, toggle.
#include <gtest/gtest.h>

#include "lib/cpp/data_world.hpp"

namespace flotilla::data::test {
namespace {

using enum RelationChange;

struct DataNested : testing::Test {
  DataWorld world;
  void SetUp() override {
    world.collection(
        R"({"name":"authors","fields":[{"name":"name","type":"string","allowNull":false},{"name":"age","type":"integer"}]})");
    world.collection(R"({"name":"tags","fields":[{"name":"name","type":"string"}]})");
    world.collection(R"({"name":"covers","fields":[{"name":"file","type":"string"}]})");
    world.collection(R"({"name":"posts","fields":[{"name":"title","type":"string"}]})");
    world.field(
        "posts",
        R"({"name":"author","type":"belongsTo","target":"authors","foreignKey":"authorId","reverseField":{"name":"posts"}})");
    world.field("posts", R"({"name":"cover","type":"hasOne","target":"covers","foreignKey":"postId"})");
    world.field(
        "posts",
        R"({"name":"tags","type":"belongsToMany","target":"tags","through":"links","foreignKey":"postId","otherKey":"tagId","reverseField":{"name":"posts"}})");
    world.field("links", R"({"name":"weight","type":"integer"})");
    world.field(
        "posts",
        R"({"name":"friends","type":"belongsToArray","target":"authors","foreignKey":"friendIds","targetKey":"id"})");
  }
  std::string tags_of(int post) {
    Json row = world.first("posts", R"({"id":)" + std::to_string(post) + "}", R"(["tags"])");
    std::string out;
    for (const Json& tag : row.at("tags").as_array())
      out += (out.empty() ? "" : ",") + json::to_text(tag.at("name"));
    return out;
  }
};

TEST_F(DataNested, CreateWithEverything) {
  world.create(
      "posts",
      R"({"title":"p","author":{"name":"Ann"},"cover":{"file":"f"},"tags":[{"name":"a"},{"name":"b"}],"friends":[{"name":"Bob"}]})");
  Json row = world.first("posts", "{}", R"(["author","cover","tags","friends"])");
  EXPECT_EQ(row.at("author").at("name"), Json("Ann"));
  EXPECT_EQ(row.at("cover").at("file"), Json("f"));
  EXPECT_EQ(row.at("tags").as_array().size(), 2u);
  EXPECT_EQ(row.at("tags").at(0).at("links").at("postId"), row.at("id"));
  EXPECT_EQ(row.at("friends").at(0).at("name"), Json("Bob"));
}

TEST_F(DataNested, ScalarsAndExistingKeysLink) {
  for (std::string name : {"a", "b", "c"}) world.create("tags", R"({"name":")" + name + "\"}");
  world.create("authors", R"({"name":"Ann"})");
  world.create("posts", R"({"author":1,"tags":[1,{"id":2},99,null]})");
  EXPECT_EQ(tags_of(1), "a,b");
  EXPECT_EQ(world.column("posts", "authorId"), "1");
  EXPECT_EQ(world.column("tags", "name"), "a,b,c");
}

TEST_F(DataNested, NestedAttributesAreWrittenOnlyWhenNamed) {
  world.create("posts", R"({"tags":[{"name":"a"}],"author":{"name":"Ann"},"cover":{"file":"f"}})");
  world.update("posts", "1",
               R"({"tags":[{"id":1,"name":"x"}],"author":{"id":1,"name":"x"},"cover":{"id":1,"file":"x"}})");
  EXPECT_EQ(tags_of(1), "a");
  EXPECT_EQ(world.column("authors", "name"), "Ann");
  EXPECT_EQ(world.column("covers", "file"), "f");
  world.update("posts", "1",
               R"({"tags":[{"id":1,"name":"x"}],"author":{"id":1,"name":"x"},"cover":{"id":1,"file":"x"}})",
               {"tags", "author", "cover"});
  EXPECT_EQ(tags_of(1), "x");
  EXPECT_EQ(world.column("authors", "name"), "x");
  EXPECT_EQ(world.column("covers", "file"), "x");
}

TEST_F(DataNested, DeeperLevelsNeedTheirOwnPath) {
  world.create("authors", R"({"name":"Ann","posts":[{"title":"p","tags":[{"name":"a"}]}]})");
  const std::string values = R"({"posts":[{"id":1,"title":"q","tags":[{"id":1,"name":"z"}]}]})";
  world.update("authors", "1", values, {"posts"});
  EXPECT_EQ(world.column("posts", "title"), "q");
  EXPECT_EQ(world.column("tags", "name"), "a");
  world.update("authors", "1", values, {"posts", "posts.tags"});
  EXPECT_EQ(world.column("tags", "name"), "z");
}

TEST_F(DataNested, UnknownKeyInAnObjectCreates) {
  world.create("posts", R"({"tags":[{"id":50,"name":"new"}]})");
  EXPECT_EQ(world.column("tags", "id"), "50");
  EXPECT_EQ(tags_of(1), "new");
}

TEST_F(DataNested, UpdateReplacesTheSet) {
  world.create("posts", R"({"tags":[{"name":"a"},{"name":"b"}]})");
  world.update("posts", "1", R"({"tags":[2]})");
  EXPECT_EQ(tags_of(1), "b");
  world.update("posts", "1", R"({"tags":[null]})");
  EXPECT_EQ(tags_of(1), "");
  world.update("posts", "1", R"({"tags":[1,1,{"id":1}]})");
  EXPECT_EQ(tags_of(1), "a");
  world.update("posts", "1", R"({"tags":null})");
  EXPECT_EQ(tags_of(1), "");
  EXPECT_EQ(world.column("tags", "name"), "a,b");
  world.create("authors", R"({"name":"Ann","posts":[1,{"title":"n"}]})");
  world.update("authors", "1", R"({"posts":[2]})");
  EXPECT_EQ(world.ids("posts", R"({"authorId":1})"), "2");
  EXPECT_EQ(world.ids("posts", "{}"), "1,2");
}

TEST_F(DataNested, ToOne) {
  world.create("posts", R"({"author":{"name":"Ann"},"cover":{"file":"f"}})");
  world.update("posts", "1", R"({"author":null,"cover":null})");
  EXPECT_EQ(world.column("posts", "authorId"), "null");
  EXPECT_EQ(world.column("covers", "postId"), "null");
  EXPECT_EQ(refusal([&] { world.update("posts", "1", R"({"author":[1]})"); }).message,
            "The value of 'author' cannot be in array format");
  EXPECT_EQ(refusal([&] { world.update("posts", "1", R"({"cover":[1]})"); }).message,
            "The value of 'cover' cannot be in array format");
  world.update("posts", "1", R"({"cover":{"file":"g"}})");
  world.update("posts", "1", R"({"cover":1})");
  EXPECT_EQ(world.column("covers", "postId"), "1,null");
}

TEST_F(DataNested, LinkAttributes) {
  world.create("posts", R"({"tags":[{"name":"a","links":{"weight":3}},{"name":"b"}]})");
  EXPECT_EQ(world.column("links", "weight", "{}", R"(["tagId"])"), "3,null");
  world.update("posts", "1", R"({"tags":[{"id":1,"links":{"weight":4}},2]})");
  EXPECT_EQ(world.column("links", "weight", "{}", R"(["tagId"])"), "4,null");
}

TEST_F(DataNested, ReversePairsEnd) {
  world.create(
      "authors",
      R"({"name":"Ann","posts":[{"title":"p","author":{"name":"Other"},"tags":[{"name":"a","posts":[{"title":"q"}]}]}]})");
  EXPECT_EQ(world.ids("posts", R"({"author.name":"Ann","title":"p"})"), "1");
  EXPECT_EQ(world.column("tags", "name"), "a");
}

TEST_F(DataNested, FailureDeepInsideUndoesAll) {
  EXPECT_EQ(refusal([&] {
              world.create("posts", R"({"title":"p","tags":[{"name":"a"}],"author":{"age":3}})");
            }).message,
            "name cannot be null");
  EXPECT_EQ(refusal([&] {
              world.create("authors",
                           R"({"name":"Ann","posts":[{"title":"p"},{"title":"q","author":{"age":1}}]})");
            }).status,
            400);
  for (std::string name : {"posts", "tags", "authors", "links"})
    EXPECT_EQ(world.list(name).at("data").as_array().size(), 0u) << name;
}

TEST_F(DataNested, ListOfKeys) {
  world.create("authors", R"({"name":"Ann"})");
  world.create("authors", R"({"name":"Bob"})");
  world.create("posts", R"({"friends":[2,1,2,77]})");
  auto friends = [&] {
    std::string out;
    for (const Json& f : world.first("posts", "{}", R"(["friends"])").at("friends").as_array())
      out += json::to_text(f.at("name")) + ",";
    return out;
  };
  EXPECT_EQ(friends(), "Bob,Ann,");
  EXPECT_EQ(world.ids("posts", R"({"friends.name":"Ann"})"), "1");
  world.update("posts", "1", R"({"friendIds":["1","2"]})");  // keys as texts, as browsers send large ones
  EXPECT_EQ(friends(), "Ann,Bob,");
  EXPECT_EQ(world.ids("posts", R"({"friends.name":"Bob"})"), "1");
  world.relation("posts", "1", "friends", remove, "[1]");
  EXPECT_EQ(friends(), "Bob,");
  world.relation("posts", "1", "friends", add, "[1,77]");
  EXPECT_EQ(world.list_of("posts", "1", "friends").at("data").as_array().size(), 2u);
}

TEST_F(DataNested, AddSetRemoveToggle) {
  for (std::string name : {"a", "b", "c"}) world.create("tags", R"({"name":")" + name + "\"}");
  world.create("posts", "{}");
  world.relation("posts", "1", "tags", add, "[1]");
  world.relation("posts", "1", "tags", add, "[[2,{\"weight\":5}],1,99]");
  EXPECT_EQ(tags_of(1), "a,b");
  EXPECT_EQ(world.column("links", "weight", R"({"tagId":2})", R"(["tagId"])"), "5");
  world.relation("posts", "1", "tags", set, "\"2,3\"");
  EXPECT_EQ(tags_of(1), "b,c");
  world.relation("posts", "1", "tags", toggle, "1");
  world.relation("posts", "1", "tags", toggle, "3");
  EXPECT_EQ(tags_of(1), "a,b");
  world.relation("posts", "1", "tags", remove, "[1]");
  EXPECT_EQ(tags_of(1), "b");
  EXPECT_EQ(refusal([&] { world.relation("posts", "1", "tags", add, R"([{"id":1}])"); }).status, 400);
  EXPECT_EQ(refusal([&] { world.relation("posts", "9", "tags", add, "[1]"); }).status, 404);
}

TEST_F(DataNested, RelationsOfHasManyAndHasOne) {
  world.create("authors", R"({"name":"Ann"})");
  world.create("authors", R"({"name":"Bob","posts":[{"title":"bobs"}]})");
  world.create("posts", R"({"title":"free"})");
  world.relation("authors", "1", "posts", add, "[2]");
  EXPECT_EQ(world.ids("posts", R"({"authorId":1})"), "2");
  world.relation("authors", "1", "posts", remove, "[1]");  // of another parent
  EXPECT_EQ(world.ids("posts", R"({"authorId":2})"), "1");
  world.relation("authors", "1", "posts", set, "[1]");
  EXPECT_EQ(world.ids("posts", R"({"authorId":1})"), "1");
  world.relation("authors", "1", "posts", toggle, "[2]");
  EXPECT_EQ(world.ids("posts", R"({"authorId":1})"), "1");
  world.create("covers", R"({"file":"f"})");
  world.relation("posts", "1", "cover", set, "1");
  EXPECT_EQ(world.column("covers", "postId"), "1");
  world.relation("posts", "1", "cover", remove, "null");
  EXPECT_EQ(world.column("covers", "postId"), "null");
  world.relation("posts", "1", "author", remove, "5");
  EXPECT_EQ(world.column("posts", "authorId", R"({"id":1})"), "null");
}

struct DataTextKeys : testing::Test {
  DataWorld world;
};

TEST_F(DataTextKeys, RolesOfUsersByName) {
  world.create("users", R"({"username":"ann","roles":["member","admin"]})");
  Json user = world.first("users", R"({"username":"ann"})", R"(["roles"])");
  EXPECT_EQ(user.at("roles").as_array().size(), 2u);
  EXPECT_EQ(user.at("roles").at(0).at("rolesUsers").at("userId"), user.at("id"));
  const std::string id = json::dump(user.at("id"));
  world.create("roles", R"({"name":"r007","title":"Numbers"})");
  world.relation("users", id, "roles", set, R"(["r007","nobody"])");
  EXPECT_EQ(world.first("users", R"({"username":"ann"})", R"(["roles"])").at("roles").at(0).at("name"),
            Json("r007"));
  EXPECT_EQ(world.ids("users", R"({"roles.name":"r007"})"), id);
  EXPECT_EQ(world.list_of("users", id, "roles").at("data").as_array().size(), 1u);
  EXPECT_EQ(world.list_of("roles", "\"r007\"", "users").at("data").as_array().size(), 1u);
  EXPECT_EQ(world.destroy("roles", R"({"name":"r007"})"), 1);
  EXPECT_EQ(world.list_of("users", id, "roles").at("data").as_array().size(), 0u);
}

TEST_F(DataTextKeys, SourceKeyThatIsNotSet) {
  world.collection(R"({"name":"shops","fields":[{"name":"code","type":"string","unique":true}]})");
  world.collection(
      R"({"name":"items","fields":[{"name":"name","type":"string"},{"name":"shopCode","type":"string"}]})");
  world.field(
      "shops",
      R"({"name":"items","type":"hasMany","target":"items","foreignKey":"shopCode","sourceKey":"code"})");
  world.create("shops", R"({"code":"01","items":[{"name":"a"}]})");
  world.create("shops", R"({"code":"1","items":[{"name":"b"},{"name":"c"}]})");
  EXPECT_EQ(world.first("shops", R"({"code":"01"})", R"(["items"])").at("items").as_array().size(), 1u);
  EXPECT_EQ(world.first("shops", R"({"code":"1"})", R"(["items"])").at("items").as_array().size(), 2u);
  EXPECT_EQ(refusal([&] { world.create("shops", R"({"items":[{"name":"x"}]})"); }).message,
            "The source key code is not set in shops");
  world.create("shops", "{}");
  EXPECT_EQ(refusal([&] { world.relation("shops", "3", "items", add, "[1]"); }).message,
            "The source key code is not set in shops");
}

}  // namespace
}  // namespace flotilla::data::test
