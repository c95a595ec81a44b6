#include "api/actions/role_summary.hpp"

#include <gtest/gtest.h>

namespace flotilla::api {
namespace {

using Names = std::vector<std::string>;

const JsonArray& rows() {
  static const Json rows = json::parse(R"([
    {"name": "root", "strategy": null, "allowConfigure": null, "snippets": ["pm", "pm.*", "ui.*"]},
    {"name": "admin", "strategy": {"actions": ["create", "view"]}, "allowConfigure": true, "snippets": ["pm", "pm.*", "ui.*"]},
    {"name": "editor", "strategy": {"actions": ["create", "view", "update:own"]}, "snippets": ["!pm", "!pm.*", "!ui.*"]},
    {"name": "member", "strategy": {"actions": ["view:own"]}, "snippets": ["!pm", "!pm.*", "!ui.*"]},
    {"name": "all", "strategy": {"actions": "*"}, "snippets": null}
  ])");
  return rows.as_array();
}

Json summary(const Names& names, std::string_view key) { return role_summary(names, rows()).at(key); }

TEST(RoleSummary, RootAloneDecides) {
  EXPECT_EQ(summary({"admin", "root"}, "roles"), Json(JsonArray{"root"}));
  EXPECT_EQ(summary({"admin", "root"}, "strategy"), Json(JsonObject()));
  EXPECT_EQ(summary({"root"}, "allowAll"), Json(true));
  EXPECT_EQ(summary({"root"}, "allowConfigure"), Json(false));
  EXPECT_EQ(summary({"admin"}, "allowAll"), Json(false));
}

TEST(RoleSummary, UnionKeepsTheOrderOfActions) {
  EXPECT_EQ(json::dump(summary({"editor", "member"}, "strategy")),
            R"({"actions":["create","view","update:own","view:own"]})");
  EXPECT_EQ(json::dump(summary({"editor", "member"}, "snippets")), R"(["!pm","!pm.*","!ui.*"])");
  EXPECT_EQ(summary({"editor", "admin"}, "allowConfigure"), Json(true));
}

TEST(RoleSummary, OddRows) {
  EXPECT_EQ(json::dump(summary({"all"}, "strategy")), R"({"actions":["*"]})");
  EXPECT_EQ(json::dump(summary({"all"}, "snippets")), "[]");
  EXPECT_EQ(json::dump(summary({"nosuch"}, "roles")), "[]");
}

TEST(MergedSnippets, AnIncludeOfOneRoleBeatsTheExclusionOfAnother) {
  EXPECT_EQ(merged_snippets({{"pm", "pm.*", "ui.*"}, {"!pm", "!pm.*", "!ui.*"}}),
            (Names{"pm", "pm.*", "ui.*"}));
}

TEST(MergedSnippets, AnExclusionStaysWhenAllThatGrantTheFamilyHaveIt) {
  const Names limited{"pm", "pm.*", "!pm.auth"}, plain{"!ui.*"};
  EXPECT_EQ(merged_snippets({limited, plain}), (Names{"pm", "pm.*", "!pm.auth"}));
  EXPECT_EQ(merged_snippets({limited, {"pm.*"}}), (Names{"pm", "pm.*"}));
}

}  // namespace
}  // namespace flotilla::api
