// Rules on rows, and what may be read over associations: what permissions come to in the data layer.
#include <gtest/gtest.h>

#include "lib/cpp/data_world.hpp"

namespace flotilla::data::test {
namespace {

struct DataLimits : testing::Test {
  DataWorld world;
  ReadLimits limits;
  void SetUp() override {
    world.collection(
        R"({"name":"authors","fields":[{"name":"name","type":"string"},{"name":"secret","type":"string"}]})");
    world.collection(R"({"name":"tags","fields":[{"name":"name","type":"string"}]})");
    world.collection(
        R"({"name":"posts","fields":[{"name":"title","type":"string"},{"name":"views","type":"integer"}]})");
    world.field("posts",
                R"({"name":"author","type":"belongsTo","target":"authors","foreignKey":"authorId"})");
    world.field(
        "posts",
        R"({"name":"tags","type":"belongsToMany","target":"tags","through":"links","foreignKey":"postId","otherKey":"tagId"})");
    for (const char* author : {R"({"name":"Ann","secret":"x"})", R"({"name":"Ben","secret":"y"})"})
      world.create("authors", author);
    for (const char* tag : {"red", "green"}) world.create("tags", R"({"name":")" + std::string(tag) + "\"}");
    world.create("posts", R"({"title":"a","views":1,"author":1,"tags":[1,2]})");
    world.create("posts", R"({"title":"b","views":2,"author":2,"tags":[2]})");
    world.create("posts", R"({"title":"c","views":3,"author":1})");
    ReadLimit ann{true, std::vector<std::string>{"id", "name"}, std::vector<std::string>{},
                  json::parse(R"({"name":"Ann"})")};
    limits.set("authors", ann);
    limits.set("tags", {true, std::nullopt, std::nullopt, json::parse(R"({"name":"red"})")});
  }
  std::string ids(const std::string& filter = "{}") { return world.column("posts", "id", filter); }
};

TEST_F(DataLimits, ARuleIsMetOnTopOfFilterKeysAndCount) {
  world.rule = json::parse(R"({"views":{"$gte":2}})");
  EXPECT_EQ(ids(), "2,3");
  EXPECT_EQ(ids(R"({"title":"a"})"), "");
  EXPECT_EQ(ids(R"({"$or":[{"title":"a"},{"id":3}]})"), "3");
  EXPECT_EQ(world.list("posts", R"({"page":1,"pageSize":1})").at("meta").at("count"), Json(2));
  EXPECT_EQ(world.list("posts", R"({"keys":[1,2]})").at("data").as_array().size(), 1u);
  Json rows = world.aggregate("posts", R"({"measures":[{"field":"id","aggregation":"count","alias":"n"}]})");
  EXPECT_EQ(rows.at(0).at("n"), Json(2));
}

TEST_F(DataLimits, ARuleOverAnAssociationNeitherMultipliesRowsNorSharesJoins) {
  world.rule = json::parse(R"({"tags.name":{"$in":["red","green"]}})");
  EXPECT_EQ(ids(), "1,2");
  // The rule is met by one tag, the filter by another.
  world.rule = json::parse(R"({"tags.name":"red"})");
  EXPECT_EQ(ids(R"({"tags.name":"green"})"), "1");
  Json rows = world.aggregate("posts", R"({"measures":[{"field":"views","aggregation":"sum","alias":"n"}]})");
  EXPECT_EQ(rows.at(0).at("n"), Json(1));
}

TEST_F(DataLimits, DestroyKeepsToTheRule) {
  EXPECT_EQ(world.destroy("posts", R"({"views":{"$gt":0}})", {}, json::parse(R"({"author.name":"Ben"})")), 1);
  EXPECT_EQ(world.destroy("posts", "null", "1", json::parse(R"({"views":5})")), 0);
  EXPECT_EQ(ids(), "1,3");
}

TEST_F(DataLimits, AppendsShowRowsAndFieldsWithinTheLimits) {
  world.limits = &limits;
  Json rows = world.list("posts", R"({"appends":["author","tags"],"sort":["id"]})").at("data");
  EXPECT_EQ(rows.at(0).at("author"), json::parse(R"({"id":1,"name":"Ann"})"));
  EXPECT_TRUE(rows.at(1).at("author").is_null());
  EXPECT_EQ(rows.at(0).at("tags").as_array().size(), 1u);
  EXPECT_EQ(rows.at(1).at("tags").as_array().size(), 0u);
  rows =
      world.list("posts", R"({"appends":["author.secret"],"fields":["author.secret","title"]})").at("data");
  EXPECT_EQ(json::dump(rows).find("secret"), std::string::npos);
}

TEST_F(DataLimits, FiltersAndSortsFindOnlyRowsWithinTheLimits) {
  world.limits = &limits;
  EXPECT_EQ(ids(R"({"author.name":"Ben"})"), "");
  EXPECT_EQ(ids(R"({"author.name":"Ann"})"), "1,3");
  EXPECT_EQ(ids(R"({"tags.name.$includes":"e"})"), "1");
  EXPECT_EQ(ids(R"({"tags":{"$notExists":true}})"), "2,3");
  EXPECT_EQ(world.column("posts", "id", "{}", R"(["-author.name","id"])"), "1,3,2");  // Ben's name is unknown
  Json rows = world.aggregate(
      "posts", R"({"measures":[{"field":["author","name"],"aggregation":"max","alias":"n"}]})");
  EXPECT_EQ(rows.at(0).at("n"), Json("Ann"));
}

TEST_F(DataLimits, WhatIsNotNamedIsNotReadable) {
  ReadLimits none;
  world.limits = &none;
  Json row = world.list("posts", R"({"appends":["author","tags"]})").at("data").at(0);
  EXPECT_FALSE(row.as_object().contains("author"));
  EXPECT_FALSE(row.as_object().contains("tags"));
  EXPECT_EQ(ids(R"({"author.name":"Ann"})"), "");
}

}  // namespace
}  // namespace flotilla::data::test
