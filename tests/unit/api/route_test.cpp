#include "api/route.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace flotilla::api {
namespace {

/// `resource|association|source|action|key`, `-` for what is not there.
std::string shown(std::string_view method, std::string_view path) {
  auto route = parse_route(method, path);
  if (!route) return "none";
  return route->resource + '|' + (route->association.empty() ? "-" : route->association) + '|' +
         (route->has_source_id ? route->source_id : "-") + '|' + route->action + '|' +
         route->key.value_or("-");
}

struct Case {
  std::string_view method, path, route;
};

class RouteForm : public testing::TestWithParam<Case> {};
TEST_P(RouteForm, IsRead) { EXPECT_EQ(shown(GetParam().method, GetParam().path), GetParam().route); }

INSTANTIATE_TEST_SUITE_P(
    All, RouteForm,
    testing::Values(
        Case{"GET", "/posts:list", "posts|-|-|list|-"}, Case{"PUT", "/users:list", "users|-|-|list|-"},
        Case{"GET", "/posts:get/1", "posts|-|-|get|1"}, Case{"POST", "/posts:export/1", "posts|-|-|export|1"},
        Case{"GET", "/posts/1/comments:list", "posts|comments|1|list|-"},
        Case{"POST", "/posts/1/tags:attach/2", "posts|tags|1|attach|2"},
        // methods
        Case{"GET", "/posts", "posts|-|-|list|-"}, Case{"HEAD", "/posts", "posts|-|-|list|-"},
        Case{"GET", "/posts/", "posts|-|-|list|-"}, Case{"POST", "/posts", "posts|-|-|create|-"},
        Case{"PUT", "/posts", "none"}, Case{"DELETE", "/posts", "posts|-|-|destroy|-"},
        Case{"GET", "/posts/1", "posts|-|-|get|1"}, Case{"POST", "/posts/1", "none"},
        Case{"PUT", "/posts/1", "posts|-|-|update|1"}, Case{"PATCH", "/posts/1", "posts|-|-|update|1"},
        Case{"DELETE", "/posts/1,2,3", "posts|-|-|destroy|1,2,3"},
        Case{"GET", "/posts/1/comments", "posts|comments|1|list|-"},
        Case{"POST", "/posts/1/comments", "posts|comments|1|create|-"},
        Case{"GET", "/posts/1/comments/2", "posts|comments|1|get|2"},
        Case{"POST", "/posts/1/comments/2", "posts|comments|1|create|2"},
        Case{"PATCH", "/posts/1/comments/2", "posts|comments|1|update|2"},
        Case{"DELETE", "/posts/1/comments/2", "posts|comments|1|destroy|2"},
        Case{"OPTIONS", "/posts", "none"}, Case{"OPTIONS", "/posts:list", "posts|-|-|list|-"},
        // source ids and keys
        Case{"GET", "/posts/_/comments:get/5", "posts|comments|-|get|5"},
        Case{"GET", "/posts.comments:list", "posts|comments|-|list|-"},
        Case{"GET", "/posts/a%2Fab/comments", "posts|comments|a/ab|list|-"},
        Case{"GET", "/posts/a%252Fb/comments", "posts|comments|a/b|list|-"},
        Case{"POST", "/posts/%E4%BD%A0/comments", "posts|comments|你|create|-"},
        Case{"GET", "/posts/100%25/comments", "posts|comments|100%|list|-"},
        Case{"GET", "/posts:get/a%2Fb:c", "posts|-|-|get|a/b:c"},
        Case{"GET", "/posts%3Alist", "posts|-|-|list|-"},
        // not paths of a resource
        Case{"GET", "", "none"}, Case{"GET", "/", "none"}, Case{"GET", "//", "none"},
        Case{"GET", "/posts:", "none"}, Case{"GET", "/posts::list", "none"}, Case{"GET", "/:list", "none"},
        Case{"GET", "/posts:list:x", "none"}, Case{"GET", "/posts//comments", "none"},
        Case{"GET", "/posts:list/1/comments", "none"}, Case{"GET", "/posts/1/tags/2/posts:list", "none"},
        Case{"GET", "/.x:list", "none"}, Case{"GET", "/x.:list", "none"}));

TEST(Route, MalformedPathIsTheCallersMistake) {
  for (std::string_view path : {"/posts:get/%E0%A4%A", "/posts:get/%FF", "/%", "/posts/%zz/comments"}) {
    try {
      parse_route("GET", path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
      EXPECT_STREQ(error.what(), "URI malformed");
    }
  }
}

TEST(Route, CompositeSourceKeyIsAnObject) {
  auto route = parse_route("GET", "/posts/%7B%22a%22%3A1%7D/comments");
  ASSERT_TRUE(route);
  EXPECT_EQ(source_key(*route), json::parse(R"({"a":1})"));
  EXPECT_EQ(source_key(*parse_route("GET", "/posts/12/comments")), Json("12"));
  EXPECT_EQ(source_key(*parse_route("GET", "/posts/%7Bx/comments")), Json("{x"));
  EXPECT_EQ(route->full_name(), "posts.comments");
}

}  // namespace
}  // namespace flotilla::api
