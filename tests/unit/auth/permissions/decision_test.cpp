#include <gtest/gtest.h>

#include "unit/auth/permissions/support.hpp"

// Rows A13-A23, A32, A33 and A38 of the contract.
namespace flotilla::auth {
namespace {

TEST(DecideRole, WithoutStrategyAndGrantsNothingIsAllowed) {
  EXPECT_FALSE(decide_role(*plain_role(role_row("r")), on_posts("list")).allowed);
}

TEST(DecideRole, AStarAllowsEveryActionOnStrategyResources) {
  const auto role = plain_role(role_row("r", R"({"actions":"*"})"));
  for (std::string_view action : {"list", "create", "destroy", "export"}) {
    EXPECT_TRUE(decide_role(*role, on_posts(action)).allowed) << action;
    EXPECT_TRUE(decide_role(*role, on_posts(action)).grant.unrestricted()) << action;
  }
  EXPECT_FALSE(decide_role(*role, {"logs", "logs:list", "list", false}).allowed);
}

TEST(DecideRole, OwnIsAFilterOnTheCreator) {
  const Decision view =
      decide_role(*plain_role(role_row("r", R"({"actions":["view:own"]})")), on_posts("get"));
  EXPECT_TRUE(view.allowed);
  EXPECT_EQ(view.grant.filter, Json(own_filter()));
  // Whoever may see all may also see their own.
  const auto both = plain_role(role_row("r", R"({"actions":["view","view:own"]})"));
  EXPECT_TRUE(decide_role(*both, on_posts("get")).grant.unrestricted());
  EXPECT_TRUE(decide_role(*plain_role(role_row("r", R"({"actions":["view:all"]})")), on_posts("get"))
                  .grant.unrestricted());
}

TEST(DecideRole, FieldsOfCreateAndUpdateAreAWhitelist) {
  const auto role = role_on_posts(role_row("r"), {{"create", {"title"}}, {"update", {}}});
  const Decision create = decide_role(*role, on_posts("create"));
  EXPECT_EQ(create.grant.whitelist, Names{"title"});
  EXPECT_EQ(create.grant.fields, std::nullopt);
  EXPECT_EQ(decide_role(*role, on_posts("update")).grant.whitelist, Names{});  // none
}

TEST(DecideRole, ViewIsListGetAndQuery) {
  const auto role = role_on_posts(role_row("r"), {{"view", {"title"}}});
  for (std::string_view action : {"list", "get", "query"})
    EXPECT_TRUE(decide_role(*role, on_posts(action)).allowed) << action;
  EXPECT_FALSE(decide_role(*role, on_posts("export")).allowed);
  EXPECT_EQ(permission_of("move"), "update");
  EXPECT_EQ(permission_of("updateOrCreate"), "create");
}

TEST(DecideRole, GrantsOfItsOwnDecideAlone) {
  const auto role = role_on_posts(role_row("r", R"({"actions":"*"})", {"pm.*"}), {{"view", {"title"}}});
  EXPECT_FALSE(decide_role(*role, on_posts("create")).allowed);
  // Taken back, the strategy counts again.
  EXPECT_TRUE(decide_role(*plain_role(role_row("r", R"({"actions":"*"})")), on_posts("create")).allowed);
}

TEST(DecideRole, RootIsAllowedEverything) {
  const Decision decision = decide_role(*plain_role(role_row("root")), {"logs", "logs:list", "list", false});
  EXPECT_TRUE(decision.allowed && decision.root);
  EXPECT_TRUE(decision.grant.unrestricted());
}

TEST(DecideRole, WhatTheCallerChangesStaysWithTheCaller) {
  const auto role = role_on_posts(role_row("r"), {{"view", {"title"}}});
  Decision first = decide_role(*role, on_posts("list"));
  first.grant.fields->push_back("views");
  first.grant.filter = JsonObject{{"id", 1}};
  const Decision second = decide_role(*role, on_posts("list"));
  EXPECT_EQ(second.grant.fields, (Names{"title", "id", "createdAt", "updatedAt"}));
  EXPECT_TRUE(second.grant.filter.is_null());
}

TEST(DecideRole, SnippetsSpeakLast) {
  const auto role = plain_role(role_row("r", "null", {"pm.*"}));
  const Decision decision = decide_role(*role, {"", "authenticators:list", "list", false});
  EXPECT_TRUE(decision.allowed && decision.by_snippet);
  EXPECT_FALSE(decide_role(*role, {"", "pm:list", "list", false}).allowed);  // `pm.*` is not `pm`
}

TEST(CompileGrant, AssociationsOfViewBecomeAppends) {
  const auto schema = blog();
  const Grant view = compile_grant({"view", {"author", "title", "tags"}}, schema->find("posts"));
  EXPECT_EQ(view.appends, (Names{"author", "tags"}));
  EXPECT_EQ(view.fields, (Names{"title", "id", "createdAt", "updatedAt"}));
  const Grant exported = compile_grant({"export", {"author", "title"}}, schema->find("posts"));
  EXPECT_EQ(exported.appends, Names{"author"});
  EXPECT_EQ(exported.fields, Names{"title"});
  EXPECT_EQ(compile_grant({"view", {"x"}}, schema->find("tags")).fields, (Names{"x", "id"}));
  EXPECT_EQ(compile_grant({"view", {"x"}}, nullptr).fields, Names{"x"});
}

TEST(CompileGrant, ScopesBecomeFilters) {
  ConfiguredGrant given{"update", {"title"}, true, true, nullptr};
  EXPECT_EQ(compile_grant(given, nullptr).filter, Json(own_filter()));
  given.own = false;
  given.filter = JsonObject{{"views", 1}};
  EXPECT_EQ(json::dump(shown(compile_grant(given, nullptr))),
            R"({"own":false,"filter":{"views":1},"whitelist":["title"]})");
  EXPECT_EQ(json::dump(shown(compile_grant({"destroy", {}}, nullptr))), R"({"fields":[]})");
}

TEST(Mentions, FindsTheFieldInGroupsButNotInOtherCollections) {
  EXPECT_TRUE(mentions(json::parse(R"({"$and":[{"a":1},{"$or":[{"createdById":1}]}]})"), "createdById"));
  EXPECT_TRUE(mentions(json::parse(R"({"createdById.$eq":1})"), "createdById"));
  EXPECT_TRUE(mentions(json::parse(R"({"$not":{"createdById":1}})"), "createdById"));
  EXPECT_FALSE(mentions(json::parse(R"({"author":{"createdById":1}})"), "createdById"));
  EXPECT_FALSE(mentions(json::parse(R"({"author.createdById":1,"createdByIdx":2})"), "createdById"));
}

TEST(Snippets, NamesAndRules) {
  SnippetRegistry registry;
  registry.add("x.*", {"a:*"});
  registry.add("x", {"b:list", "a:*"});
  EXPECT_EQ(registry.all().at("x"), (Names{"a:*", "b:list"}));
  EXPECT_THROW(registry.add("x*", {}), std::invalid_argument);
  EXPECT_THROW(registry.add("x.", {}), std::invalid_argument);
}

TEST(Snippets, WhatARoleTakesAwayIsGoneWhateverElseItIncludes) {
  SnippetRegistry registry;
  registry.add("a.b", {"b:*"});
  registry.add("c", {"c:list"});
  const SnippetRules rules({"!a.*", "a.b", "c"}, registry);
  EXPECT_EQ(rules.allowed("b:list"), false);
  EXPECT_EQ(rules.allowed("c:list"), true);
  EXPECT_EQ(rules.allowed("d:list"), std::nullopt);
}

}  // namespace
}  // namespace flotilla::auth
