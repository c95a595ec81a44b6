#include "api/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/json_text.hpp"
#include "api/query_string.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Params of(std::string_view query, Json body = JsonObject{}, std::string_view path = "/posts:list") {
  return make_params(*parse_route("POST", path), parse_query(query), std::move(body));
}
Json j(std::string_view text) { return json::parse(text); }
JsonObject o(std::string_view text) { return json::parse(text).get_object(); }

std::string refusal(auto&& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    return error.what();
  }
  return "accepted";
}

TEST(Params, FilterIsJsonTextOrObject) {
  EXPECT_EQ(of("filter=%7B%22a%22:1%7D").filter, j(R"({"a":1})"));
  EXPECT_EQ(of("filter[a][$gt]=1").filter, j(R"({"a":{"$gt":"1"}})"));
  EXPECT_EQ(of("").checked_filter(), nullptr);
}

TEST(Params, FilterTextThatIsNoJsonIsSwallowed) {
  for (std::string_view query : {"filter=%7Bbad", "filter=", "filter=%E0%A4%A", "filter=x"})
    EXPECT_TRUE(of(query).swallowed) << query;
  for (std::string_view query : {"filter=5", "filter=null", "filter=true", "filter=%5B%5D", "filter", ""}) {
    EXPECT_FALSE(of(query).swallowed) << query;
    EXPECT_EQ(of(query).checked_filter(), nullptr) << query;
  }
}

TEST(Params, FilterOfAnotherKindIsRefusedWhereItIsUsed) {
  EXPECT_THAT(refusal([] { of("filter=%5B1%5D").checked_filter(); }), HasSubstr("filter must be an object"));
  EXPECT_THAT(refusal([] { of("filter=%22x%22").checked_filter(); }), HasSubstr("filter must be an object"));
  std::string deep(kJsonDepthMax + 10, '[');
  EXPECT_THAT(refusal([&] { of("filter=" + deep); }), HasSubstr("filter: JSON is nested deeper than"));
}

TEST(Params, KeyOfQueryOverridesThatOfThePath) {
  EXPECT_EQ(of("", JsonObject{}, "/posts:get/1").filter_by_tk, Json("1"));
  EXPECT_EQ(of("filterByTk=2", JsonObject{}, "/posts:get/1").filter_by_tk, Json("2"));
  EXPECT_EQ(of("", JsonObject{}, "/posts:get/1,2").filter_by_tk, Json("1,2"));
  EXPECT_TRUE(of("filterByTk=").filter_by_tk.is_null());
  EXPECT_TRUE(of("filterByTk").filter_by_tk.is_null());
}

TEST(Params, KeyForms) {
  EXPECT_EQ(of("filterByTk[]=1&filterByTk[]=2").filter_by_tk, j(R"(["1","2"])"));
  EXPECT_EQ(of("filterByTk=%7B%22id%22:1%7D").filter_by_tk, j(R"({"id":1})"));
  EXPECT_EQ(of("filterByTk=%5B1,2%5D").filter_by_tk, j("[1,2]"));
  EXPECT_EQ(of("filterByTk=%7Bx").filter_by_tk, Json("{x"));
  EXPECT_EQ(of("filterByTk[a]=1").filter_by_tk, j(R"({"a":"1"})"));
  EXPECT_EQ(of(R"(filterByTk={"10":"c","9":"b","1":"a"})").filter_by_tk, j(R"(["a","b","c"])"));
}

TEST(Params, LongIndexListOfKeysIsAnArray) {
  std::string query;
  for (int i = 119; i >= 0; --i) query += "filterByTk[" + std::to_string(i) + "]=k" + std::to_string(i) + '&';
  Json keys = of(query).filter_by_tk;
  ASSERT_TRUE(keys.is_array());
  ASSERT_EQ(keys.get_array().size(), 120u);
  EXPECT_EQ(keys.get_array()[0], Json("k0"));
  EXPECT_EQ(keys.get_array()[119], Json("k119"));
}

TEST(Params, NameLists) {
  EXPECT_THAT(*of("fields=id,title").fields, ElementsAre("id", "title"));
  EXPECT_THAT(*of("fields[]=id&fields[]=a,b").fields, ElementsAre("id", "a,b"));
  EXPECT_THAT(*of("fields[101]=b&fields[7]=a").fields, ElementsAre("a", "b"));
  EXPECT_FALSE(of("fields=").fields.has_value());
  EXPECT_FALSE(of("fields").fields.has_value());
  EXPECT_THAT(of("appends=author,tags").appends, ElementsAre("author", "tags"));
  EXPECT_THAT(of("appends[]&appends[]=a&appends[]=a&appends[3][x]=1").appends, ElementsAre("a"));
  EXPECT_THAT(of("sort=status,-id").sort, ElementsAre("status", "-id"));
  EXPECT_THAT(of("sort[]=-views").sort, ElementsAre("-views"));
  EXPECT_THAT(of("filterKeys[]=name").filter_keys, ElementsAre("name"));
  EXPECT_THAT(of("updateAssociationValues[]=a").update_association_values, ElementsAre("a"));
}

TEST(Params, ValuesAreTheBody) {
  EXPECT_EQ(of("", j(R"({"a":1})")).values, j(R"({"a":1})"));
  EXPECT_EQ(of("", j("[1,2]")).values, j("[1,2]"));
  EXPECT_EQ(of("values[a]=1").values, j(R"({"a":"1"})"));
  EXPECT_EQ(of("values[a]=1", j(R"({"b":2})")).values, j(R"({"b":2})"));
  EXPECT_EQ(of("").values, j("{}"));
}

TEST(Params, DefaultsComeFirst) {
  auto route = *parse_route("GET", "/posts:list");
  Params params = make_params(route, parse_query("fields=id,secret&filter[b]=2&sort=b&x[k]=1&values[q]=1"),
                              j(R"({"c":{"e":2}})"),
                              o(R"({"fields":["id","title"],"filter":{"a":1},"sort":["a"],"x":{"l":2},
                                    "values":{"c":{"d":1}},"blacklist":["password"]})"));
  EXPECT_THAT(*params.fields, ElementsAre("id"));
  EXPECT_EQ(params.filter, j(R"({"$and":[{"a":1},{"b":"2"}]})"));
  EXPECT_THAT(params.sort, ElementsAre("b"));
  EXPECT_EQ(*params.find("x"), j(R"({"l":2,"k":"1"})"));
  EXPECT_EQ(params.values, j(R"({"c":{"d":1,"e":2}})"));
}

TEST(Params, PermissionsOnlyNarrow) {
  Params params = of("fields=password&whitelist=password&appends=a&except=x&blacklist=y");
  params.merge(o(R"({"fields":["id"],"whitelist":["title"],"appends":["b"],"except":["y"],"blacklist":["z"],
                     "filter":{"createdById":1}})"));
  ASSERT_TRUE(params.fields && params.whitelist);
  EXPECT_THAT(*params.fields, IsEmpty());
  EXPECT_THAT(*params.whitelist, IsEmpty());
  EXPECT_THAT(params.appends, ElementsAre("a", "b"));
  EXPECT_THAT(params.except, ElementsAre("x", "y"));
  EXPECT_THAT(params.blacklist, ElementsAre("y", "z"));
  EXPECT_EQ(params.filter, j(R"({"createdById":1})"));
  params.merge(o(R"({"fields":["password"]})"));
  EXPECT_THAT(*params.fields, IsEmpty()) << "an empty intersection must not mean everything";
}

TEST(Params, RoutingNamesCannotBeSet) {
  Params params = of("resourceName=users&actionName=destroy&associatedIndex=1&tree=true");
  EXPECT_EQ(params.find("resourceName"), nullptr);
  EXPECT_EQ(params.find("actionName"), nullptr);
  EXPECT_EQ(params.find("associatedIndex"), nullptr);
  EXPECT_EQ(params.text("tree"), "true");
}

TEST(Params, Flags) {
  EXPECT_TRUE(of("tree=true").flag("tree"));
  EXPECT_TRUE(of("tree=1").flag("tree"));
  for (std::string_view query : {"tree=false", "tree=0", "tree=", "tree", ""})
    EXPECT_FALSE(of(query).flag("tree")) << query;
}

TEST(Paging, Defaults) {
  Paging paging = of("").paging();
  EXPECT_TRUE(paging.paginate);
  EXPECT_EQ(paging.limit(), 20);
  EXPECT_EQ(paging.offset(), 0);
  EXPECT_EQ(of("").paging(50).limit(), 50);
  EXPECT_EQ(paging.total_pages(0), 0);
  EXPECT_EQ(paging.total_pages(21), 2);
}

TEST(Paging, PagesAsRecorded) {
  Paging paging = of("page=100&pageSize=3").paging();
  EXPECT_EQ(paging.offset(), 297);
  EXPECT_EQ(paging.total_pages(19), 7);
  paging = of("pageSize=0").paging();
  EXPECT_EQ(paging.limit(), 0);
  EXPECT_EQ(paging.total_pages(19), std::nullopt);
  paging = of("pageSize=1.5").paging();
  EXPECT_EQ(paging.page_size, 1.5);
  EXPECT_EQ(paging.limit(), 1);
  EXPECT_EQ(paging.total_pages(28), 19);
  EXPECT_EQ(of("pageSize=100000000").paging().limit(), 100000000);
  EXPECT_EQ(of("page=1000000000000000&pageSize=20").paging().offset(), 19999999999999980);
  EXPECT_FALSE(of("paginate=false&page=0").paging().paginate);
  EXPECT_TRUE(of("paginate=true").paging().paginate);
}

TEST(Paging, RefusalsNameTheParameter) {
  EXPECT_EQ(refusal([] { of("page=0").paging(); }), "page must be 1 or more");
  EXPECT_EQ(refusal([] { of("page=-1").paging(); }), "page must be 1 or more");
  EXPECT_EQ(refusal([] { of("pageSize=-5").paging(); }), "pageSize must be 0 or more");
  EXPECT_EQ(refusal([] { of("pageSize=1000000001").paging(); }), "pageSize must be at most 1000000000");
  EXPECT_EQ(refusal([] { of("page=9007199254740991&pageSize=1000000000").paging(); }).substr(0, 17),
            "page is too large");
  for (std::string_view bad : {"pageSize=abc", "pageSize=", "pageSize", "pageSize=nan", "pageSize=inf",
                               "pageSize=10x", "pageSize[]=1", "pageSize=1e999"})
    EXPECT_EQ(refusal([&] { of(bad).paging(); }), "pageSize must be a number") << bad;
}

}  // namespace
}  // namespace flotilla::api
