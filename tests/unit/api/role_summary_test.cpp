#include "api/actions/role_summary.hpp"

#include <gtest/gtest.h>

#include "unit/auth/permissions/support.hpp"

namespace flotilla::api {
namespace {

using auth::Names;
using Roles = std::vector<std::shared_ptr<const auth::Role>>;

const Names kAll{"pm", "pm.*", "ui.*"}, kNone{"!pm", "!pm.*", "!ui.*"};

std::shared_ptr<const auth::Role> role(std::string name) {
  auth::RoleRow row = auth::role_row(name);
  if (name == "root") row.snippets = kAll;
  if (name == "admin") row = {name, json::parse(R"({"actions":["create","view"]})"), kAll, true};
  if (name == "editor")
    row = {name, json::parse(R"({"actions":["create","view","update:own"]})"), kNone, false};
  if (name == "member") row = {name, json::parse(R"({"actions":["view:own"]})"), kNone, false};
  if (name == "all") row.strategy = json::parse(R"({"actions":"*"})");
  return auth::plain_role(row);
}

Json summary(const Names& names, std::string_view key) {
  Roles roles;
  for (const std::string& name : names) roles.push_back(role(name));
  return role_summary(roles).at(key);
}

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
}

TEST(RoleSummary, GrantsAreShownByResourceAndAction) {
  auth::ConfiguredGrant view{"view", {"title", "author"}, true, false, json::parse(R"({"views":1})")};
  const auto limited = auth::role_on_posts(auth::role_row("limited"), {view, {"destroy", {}}});
  const JsonObject alone = role_summary({limited});
  EXPECT_EQ(json::dump(alone.at("resources")), R"(["posts"])");
  EXPECT_EQ(
      json::dump(alone.at("actions").as_object().at("posts:view")),
      R"({"own":false,"filter":{"views":1},"appends":["author"],"fields":["title","id","createdAt","updatedAt"]})");
  EXPECT_EQ(json::dump(alone.at("actions").as_object().at("posts:destroy")), R"({"fields":[]})");
  // A role that has no grants of its own there opens what its strategy says of all rows.
  const JsonObject both = role_summary({limited, role("editor")});
  EXPECT_EQ(json::dump(both.at("actions").as_object().at("posts:view")), "{}");
  EXPECT_EQ(json::dump(both.at("actions").as_object().at("posts:create")), "{}");
  EXPECT_FALSE(both.at("actions").as_object().contains("posts:update"));  // only of one's own
}

TEST(MergedSnippets, AnIncludeOfOneRoleBeatsTheExclusionOfAnother) {
  EXPECT_EQ(auth::merged_snippets({{"pm", "pm.*", "ui.*"}, {"!pm", "!pm.*", "!ui.*"}}),
            (Names{"pm", "pm.*", "ui.*"}));
}

TEST(MergedSnippets, AnExclusionStaysWhenAllThatGrantTheFamilyHaveIt) {
  const Names limited{"pm", "pm.*", "!pm.auth"}, plain{"!ui.*"};
  EXPECT_EQ(auth::merged_snippets({limited, plain}), (Names{"pm", "pm.*", "!pm.auth"}));
  EXPECT_EQ(auth::merged_snippets({limited, {"pm.*"}}), (Names{"pm", "pm.*"}));
}

}  // namespace
}  // namespace flotilla::api
