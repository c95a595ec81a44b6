#include "api/read_check.hpp"

#include <gtest/gtest.h>

#include "api/merge_grant.hpp"
#include "base/error.hpp"
#include "unit/auth/permissions/support.hpp"

namespace flotilla::api {
namespace {

using auth::Names;

/// May view posts (id, title, author; not views, not tags) and authors, but not tags.
struct ReadCheck : testing::Test {
  std::shared_ptr<const data::Schema> schema = auth::blog();
  const data::Collection& posts = schema->collection("posts");
  std::vector<std::shared_ptr<const auth::Role>> roles = [this] {
    const auth::ResourceRow on_posts{"r", "posts", {{"view", {"title", "author"}}}};
    const auth::ResourceRow on_authors{"r", "authors", {{"view", {"name"}}}};
    return std::vector{std::make_shared<const auth::Role>(
        auth::compile_role(auth::role_row("r"), {&on_posts, &on_authors}, *schema))};
  }();
  Rights rights{*schema, roles};

  std::string refused_by_filter(const char* filter) {
    try {
      check_filter(rights, posts, json::parse(filter));
      return {};
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 403);
      return error.what();
    }
  }
};

TEST_F(ReadCheck, FiltersOnReadableFieldsPass) {
  EXPECT_EQ(refused_by_filter(R"({"title":"a","id.$gt":1,"author":{"name":{"$ne":"x"}},"author.name":"y"})"),
            "");
  EXPECT_EQ(refused_by_filter(R"({"$and":[{"title":"a"},{"$or":[{"createdAt":1}]}],"author.$exists":true})"),
            "");
  EXPECT_EQ(refused_by_filter(R"({"nosuch":1})"), "");  // the data layer names it
}

TEST_F(ReadCheck, FiltersOnOthersAreRefusedByName) {
  EXPECT_NE(refused_by_filter(R"({"views":1})").find("\"views\" of \"posts\""), std::string::npos);
  for (const char* filter :
       {R"({"views.$gt":1})", R"({"$or":[{"title":"a"},{"views":{"$gt":1}}]})", R"({"$not":{"views":1}})",
        R"({"$and":[{"$not":[{"views":1}]}]})", R"({"tags.name":"x"})", R"({"tags":{"$exists":true}})",
        R"({"tags.$exists":true})", R"({"author":{"$and":[{"posts.views":1}],"nosuch":1}})",
        R"({"author.id":1,"views":null})"}) {
    const bool over_unknown = std::string_view(filter).find("posts.views") != std::string_view::npos;
    EXPECT_EQ(refused_by_filter(filter).empty(), over_unknown) << filter;
  }
}

TEST_F(ReadCheck, Sorts) {
  EXPECT_NO_THROW(check_sort(rights, posts, {"-title", "author.name", "id"}));
  EXPECT_THROW(check_sort(rights, posts, {"-views"}), Error);
  EXPECT_THROW(check_sort(rights, posts, {"title", "+views"}), Error);
}

TEST_F(ReadCheck, QueriesKeepWhatMayBeRead) {
  JsonObject query = json::parse(R"({"measures":[{"field":["id"],"aggregation":"count"},{"field":["views"],
    "aggregation":"sum"}],"dimensions":[{"field":["author","name"]},{"field":["tags","name"]}]})")
                         .as_object();
  narrow_query(rights, posts, query);
  EXPECT_EQ(query.at("measures").as_array().size(), 1u);
  EXPECT_EQ(query.at("dimensions").as_array().size(), 1u);
  JsonObject none = json::parse(R"({"measures":[{"field":["views"],"aggregation":"sum"}]})").as_object();
  EXPECT_THROW(narrow_query(rights, posts, none), Error);
  JsonObject filtered = json::parse(R"({"measures":[{"field":["id"]}],"filter":{"views":1}})").as_object();
  EXPECT_THROW(narrow_query(rights, posts, filtered), Error);
  JsonObject ordered =
      json::parse(R"({"measures":[{"field":["id"]}],"orders":[{"field":"views"}]})").as_object();
  EXPECT_THROW(narrow_query(rights, posts, ordered), Error);
}

TEST_F(ReadCheck, AppendsThatMayNotBeReadGo) {
  NameList appends{"author", "tags", "author.name", "tags.name", "author(recursively=true)"};
  narrow_appends(rights, posts, appends);
  EXPECT_EQ(appends, (NameList{"author", "author.name", "author(recursively=true)"}));
}

TEST(MergeGrant, FieldsOfTheClientAndTheGrantIntersect) {
  const auto schema = auth::blog();
  const auth::Grant grant = auth::compile_grant({"view", {"title", "author"}}, schema->find("posts"));
  Params params;
  params.fields = NameList{"title", "views"};
  params.appends = {"author", "tags", "author.name"};
  merge_grant(params, grant, "list", schema->collection("posts"));
  EXPECT_EQ(params.fields, NameList{"title"});
  EXPECT_EQ(params.appends, (NameList{"author", "author.name"}));
  Params open;
  merge_grant(open, grant, "list", schema->collection("posts"));
  EXPECT_EQ(open.fields, (NameList{"title", "id", "createdAt", "updatedAt", "createdById"}));
  EXPECT_TRUE(open.appends.empty());
}

TEST(MergeGrant, FilterKeysSurviveTheWhitelist) {
  const auto schema = auth::blog();
  auth::Grant grant;
  grant.whitelist = Names{"title"};
  Params params;
  params.filter_keys = {"views"};
  merge_grant(params, grant, "updateOrCreate", schema->collection("posts"));
  EXPECT_EQ(params.whitelist, (NameList{"title", "views"}));
  Params update;
  update.whitelist = NameList{"views"};
  merge_grant(update, grant, "update", schema->collection("posts"));
  EXPECT_EQ(update.whitelist, NameList{});  // nothing is left to write
}

}  // namespace
}  // namespace flotilla::api
