#include <gtest/gtest.h>

#include "data/filter/filter.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::data {
namespace {

std::string guarded(std::string_view values, std::vector<std::string> whitelist,
                    std::vector<std::string> blacklist) {
  Json json = json::parse(values);
  guard_values(json, whitelist, blacklist);
  return json::dump(json);
}

TEST(WriteGuard, WhitelistAndBlacklist) {
  EXPECT_EQ(guarded(R"({"name":1,"age":2})", {"name"}, {}), R"({"name":1})");
  EXPECT_EQ(guarded(R"({"name":1,"age":2})", {}, {"name"}), R"({"age":2})");
  EXPECT_EQ(guarded(R"({"name":1,"age":2})", {"name", "age"}, {"name"}), R"({"age":2})");
  EXPECT_EQ(guarded(R"({"name":1})", {}, {}), R"({"name":1})");
  EXPECT_EQ(guarded(R"([{"name":1,"age":2},{"age":3}])", {"age"}, {}), R"([{"age":2},{"age":3}])");
}

TEST(WriteGuard, DottedPaths) {
  EXPECT_EQ(guarded(R"({"posts":[{"title":1,"body":2}],"x":1})", {}, {"posts.title"}),
            R"({"posts":[{"body":2}],"x":1})");
  EXPECT_EQ(guarded(R"({"posts":[{"title":1,"body":2}],"x":1})", {"posts.title"}, {}),
            R"({"posts":[{"title":1}]})");
  EXPECT_EQ(guarded(R"({"posts":[{"title":1,"body":2}]})", {"posts", "posts.title"}, {}),
            R"({"posts":[{"title":1,"body":2}]})");
  EXPECT_EQ(guarded(R"({"postsTwo":1})", {"posts"}, {}), "{}");
  EXPECT_EQ(guarded(R"({"a":{"b":{"c":1,"d":2}}})", {}, {"a.b.c"}), R"({"a":{"b":{"d":2}}})");
  EXPECT_EQ(guarded(R"(5)", {"a"}, {}), "5");
}

TEST(FilterValid, NeedsARealCondition) {
  auto valid = [](std::string_view text) { return is_valid_filter(json::parse(text)); };
  for (std::string_view empty : {"{}", "null", "[]", "5", "\"x\"", R"({"$and":[{}]})", R"({"$or":[]})",
                                 R"({"$and":[{"$or":[{}]}]})", R"({"$not":{}})", R"({"a":{}})"})
    EXPECT_FALSE(valid(empty)) << empty;
  for (std::string_view real : {R"({"a":1})", R"({"a":null})", R"({"$and":[{},{"a":1}]})",
                                R"({"$or":{"a":1}})", R"({"$not":{"a":1}})", R"([{"a":1}])"})
    EXPECT_TRUE(valid(real)) << real;
}

TEST(NestedUpdates, RootAssociationsOnly) {
  NestedUpdates updates;
  updates.all_of_root = true;
  EXPECT_TRUE(updates.contains("posts"));
  EXPECT_FALSE(updates.contains("posts.tags"));
  updates.paths = {"posts.tags"};
  EXPECT_TRUE(updates.contains("posts.tags"));
}

}  // namespace
}  // namespace flotilla::data
