#include "auth/permissions/role_union.hpp"

#include <gtest/gtest.h>

#include "unit/auth/permissions/support.hpp"

// Section 10 and rows A24-A30 of the contract.
namespace flotilla::auth {
namespace {

Grant grant(const char* text) {
  Grant out;
  const Json parsed = json::parse(text);
  auto names = [&](std::string_view key, std::optional<Names>& into) {
    const Json* list = json::find(parsed.get_object(), key);
    if (!list) return;
    into.emplace();
    for (const Json& item : list->as_array()) into->emplace_back(item.as_string());
  };
  names("fields", out.fields);
  names("appends", out.appends);
  names("whitelist", out.whitelist);
  if (const Json* filter = json::find(parsed.get_object(), "filter")) out.filter = *filter;
  return out;
}

std::string merged(const char* a, const char* b) {
  return json::dump(shown(merge_grants(grant(a), grant(b))));
}

TEST(MergeGrants, FiltersAreEither) {
  EXPECT_EQ(merged(R"({"filter":{"id":1}})", R"({"filter":{"id":2}})"),
            R"({"filter":{"$or":[{"id":1},{"id":2}]}})");
  EXPECT_EQ(merged(R"({"filter":{"id":1}})", R"({"filter":{"id":1}})"), R"({"filter":{"id":1}})");
  EXPECT_EQ(merged(R"({"filter":{"$or":[{"id":1},{"id":2}]}})", R"({"filter":{"id":2}})"),
            R"({"filter":{"$or":[{"id":1},{"id":2}]}})");
  EXPECT_EQ(merged(R"({"filter":{"id":1}})", "{}"), "{}");
  EXPECT_EQ(merged(R"({"filter":{"id":1}})", R"({"filter":{}})"), "{}");
}

TEST(MergeGrants, FieldsAreThoseOfBoth) {
  EXPECT_EQ(merged(R"({"fields":["a"]})", R"({"fields":["b"]})"), R"({"fields":["a","b"]})");
  EXPECT_EQ(merged(R"({"fields":["a","b"]})", R"({"fields":["b","c"]})"), R"({"fields":["a","b","c"]})");
  EXPECT_EQ(merged(R"({"fields":[]})", R"({"fields":[]})"), "{}");
  EXPECT_EQ(merged(R"({"whitelist":["a"]})", R"({"whitelist":["b"]})"), R"({"whitelist":["a","b"]})");
}

TEST(MergeGrants, WhatOneSideDoesNotHoldBackIsOpen) {
  EXPECT_EQ(merged(R"({"filter":{"a":1}})", R"({"fields":["a"]})"), "{}");
  EXPECT_EQ(merged(R"({"filter":{"a":1},"fields":["a"]})", R"({"filter":{"a":2},"fields":["b"]})"),
            R"({"filter":{"$or":[{"a":1},{"a":2}]},"fields":["a","b"]})");
  EXPECT_EQ(merged(R"({"fields":["a"],"appends":["t"]})", R"({"fields":["b"]})"), R"({"fields":["a","b"]})");
}

TEST(MergeGrants, AppendsUnite) {
  EXPECT_EQ(merged(R"({"appends":["a","b"]})", R"({"appends":["c"]})"), R"({"appends":["a","b","c"]})");
}

TEST(DecideRoles, RootAmongThemDecidesAlone) {
  const auto root = plain_role(role_row("root"));
  const auto limited = role_on_posts(role_row("r"), {{"view", {"title"}}});
  EXPECT_TRUE(decide_roles({limited, root}, on_posts("list")).root);
}

TEST(DecideRoles, ARoleThatMayNotTakesNothingAway) {
  const auto none = role_on_posts(role_row("none"), {});
  const auto limited = role_on_posts(role_row("r"), {{"view", {"title"}}});
  const Decision decision = decide_roles({none, limited}, on_posts("list"));
  EXPECT_TRUE(decision.allowed);
  EXPECT_EQ(decision.grant.fields, (Names{"title", "id", "createdAt", "updatedAt"}));
  EXPECT_FALSE(decide_roles({none}, on_posts("list")).allowed);
  EXPECT_FALSE(decide_roles({}, on_posts("list")).allowed);
}

TEST(DecideRoles, AStrategyOfOneOpensWhatGrantsOfAnotherLimit) {
  const auto limited = role_on_posts(role_row("r"), {{"view", {"title"}}});
  const auto open = plain_role(role_row("s", R"({"actions":["view"]})"));
  EXPECT_TRUE(decide_roles({limited, open}, on_posts("list")).grant.unrestricted());
}

}  // namespace
}  // namespace flotilla::auth
