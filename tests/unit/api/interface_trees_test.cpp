#include <gtest/gtest.h>

#include "api/actions/route_tree.hpp"
#include "api/actions/ui_schema_tree.hpp"

namespace flotilla::api {
namespace {

JsonArray tree_of(std::string_view rows) { return route_tree(json::parse(rows).as_array()); }

TEST(RouteTree, NestsInTheOrderOfRows) {
  const JsonArray tree =
      tree_of(R"([{"id":3,"parentId":1},{"id":1,"parentId":null},{"id":2},{"id":4,"parentId":1},
                                     {"id":5,"parentId":"3"}])");
  EXPECT_EQ(Json(tree), json::parse(R"([
    {"id":1,"parentId":null,"children":[
      {"id":3,"parentId":1,"children":[{"id":5,"parentId":"3","children":[]}]},
      {"id":4,"parentId":1,"children":[]}]},
    {"id":2,"children":[]}])"));
}

TEST(RouteTree, LeavesOutWhatHangsBelowTheUnseenAndCycles) {
  EXPECT_EQ(tree_of(R"([{"id":2,"parentId":1},{"id":3,"parentId":2}])"), JsonArray());
  EXPECT_EQ(tree_of(R"([{"id":1,"parentId":2},{"id":2,"parentId":1},{"id":3,"parentId":3}])"), JsonArray());
  EXPECT_EQ(tree_of("[]"), JsonArray());
}

SchemaNode node(std::string uid, std::string parent, std::int64_t sort, bool async = false,
                std::string type = "properties") {
  SchemaNode out{uid, "name of " + uid, {{"title", uid}}, parent, type, async, std::nullopt};
  if (!parent.empty()) out.sort = sort;
  return out;
}

TEST(UiSchemaTree, NestsPropertiesBySort) {
  const std::vector<SchemaNode> nodes{node("a", "root", 2), node("b", "root", 1), node("c", "a", 1),
                                      node("root", "", 0)};
  const JsonObject tree = ui_schema_tree(nodes, "root", AsyncNodes::left_out);
  EXPECT_EQ(Json(tree),
            json::parse(R"({"title":"root","x-uid":"root","x-async":false,"name":"name of root","properties":{
    "name of b":{"title":"b","x-uid":"b","x-async":false,"x-index":1},
    "name of a":{"title":"a","x-uid":"a","x-async":false,"x-index":2,"properties":{
      "name of c":{"title":"c","x-uid":"c","x-async":false,"x-index":1}}}}})"));
  EXPECT_EQ(tree.at("properties").as_object().begin()->key(), "name of b");
  EXPECT_EQ(ui_schema_tree(nodes, "a", AsyncNodes::left_out).at("x-index"), 2);
}

TEST(UiSchemaTree, UnknownIsEmpty) { EXPECT_TRUE(ui_schema_tree({}, "x", AsyncNodes::shown).empty()); }

TEST(UiSchemaTree, AsyncNodesAreLeftOutOrShown) {
  const std::vector<SchemaNode> nodes{node("root", "", 0), node("a", "root", 1, true),
                                      node("b", "a", 1, true), node("c", "a", 2)};
  EXPECT_FALSE(ui_schema_tree(nodes, "root", AsyncNodes::left_out).contains("properties"));
  const JsonObject first = ui_schema_tree(nodes, "root", AsyncNodes::first_level);
  const JsonObject& below = first.at("properties").at("name of a").at("properties").as_object();
  EXPECT_TRUE(below.contains("name of c"));
  EXPECT_FALSE(below.contains("name of b"));
  const JsonObject all = ui_schema_tree(nodes, "root", AsyncNodes::shown);
  EXPECT_TRUE(all.at("properties").at("name of a").at("properties").as_object().contains("name of b"));
  EXPECT_EQ(ui_schema_tree(nodes, "b", AsyncNodes::left_out).at("x-async"), true);
}

TEST(UiSchemaTree, ItemsAreOneObjectOrAList) {
  const std::vector<SchemaNode> one{node("root", "", 0), node("a", "root", 1, false, "items")};
  EXPECT_TRUE(ui_schema_tree(one, "root", AsyncNodes::left_out).at("items").is_object());
  const std::vector<SchemaNode> two{node("root", "", 0), node("a", "root", 2, false, "items"),
                                    node("b", "root", 1, false, "items")};
  const JsonObject tree = ui_schema_tree(two, "root", AsyncNodes::left_out);
  EXPECT_EQ(tree.at("items").as_array().at(0).at("x-uid"), "b");
}

TEST(UiSchemaTree, ACycleEnds) {
  const std::vector<SchemaNode> nodes{node("root", "b", 1), node("a", "root", 1), node("b", "a", 1)};
  const JsonObject tree = ui_schema_tree(nodes, "root", AsyncNodes::shown);
  EXPECT_EQ(tree.at("properties").at("name of a").at("properties").as_object().size(), 1U);
}

}  // namespace
}  // namespace flotilla::api
