#include "api/query_string.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/error.hpp"

namespace flotilla::api {
namespace {

Json parsed(std::string_view query) { return parse_query(query); }
Json expected(std::string_view text) { return json::parse(text); }

struct Case {
  std::string_view query;
  std::string_view json;
};

class QueryString : public testing::TestWithParam<Case> {};

TEST_P(QueryString, ReadsLikeQs) {
  EXPECT_EQ(parsed(GetParam().query), expected(GetParam().json)) << GetParam().query;
}

INSTANTIATE_TEST_SUITE_P(
    All, QueryString,
    testing::Values(
        Case{"", "{}"}, Case{"a=1", R"({"a":"1"})"}, Case{"a", R"({"a":null})"}, Case{"a=", R"({"a":""})"},
        Case{"a=1&&b=2&", R"({"a":"1","b":"2"})"}, Case{"a=1&a=2", R"({"a":["1","2"]})"},
        Case{"a=b=c", R"({"a":"b=c"})"}, Case{"=1", "{}"},
        // nesting
        Case{"a[b]=1", R"({"a":{"b":"1"}})"}, Case{"a%5Bb%5D=1", R"({"a":{"b":"1"}})"},
        Case{"a[b][c]=1&a[b][d]=2", R"({"a":{"b":{"c":"1","d":"2"}}})"},
        Case{"filter[views][$gt]=10", R"({"filter":{"views":{"$gt":"10"}}})"},
        Case{"filter[author.name]=Ann", R"({"filter":{"author.name":"Ann"}})"},
        Case{"a[b=c]=d", R"({"a":{"b=c":"d"}})"},
        Case{R"(filter={"t":"[x]=y"})", R"({"filter":"{\"t\":\"[x]=y\"}"})"},
        Case{"filter[a][b][c][d][e][f][g]=1", R"({"filter":{"a":{"b":{"c":{"d":{"e":{"[f][g]":"1"}}}}}}})"},
        Case{"[a]=1", R"({"a":"1"})"}, Case{"a[b=1", R"({"a[b":"1"})"}, Case{"a]b=1", R"({"a]b":"1"})"},
        // arrays
        Case{"a[]=1", R"({"a":["1"]})"}, Case{"a[]=1&a[]=2", R"({"a":["1","2"]})"},
        Case{"a[]", R"({"a":[null]})"}, Case{"a[0]=x&a[1]=y", R"({"a":["x","y"]})"},
        Case{"a[1]=y&a[0]=x", R"({"a":["x","y"]})"}, Case{"a[7]=x&a[3]=y", R"({"a":["y","x"]})"},
        Case{"a[100]=x", R"({"a":["x"]})"}, Case{"a[101]=x", R"({"a":{"101":"x"}})"},
        Case{"a[0]=x&a[101]=y", R"({"a":{"0":"x","101":"y"}})"}, Case{"a[01]=x", R"({"a":{"01":"x"}})"},
        Case{"a[-1]=x", R"({"a":{"-1":"x"}})"}, Case{"a[]=1&a[k]=2", R"({"a":{"0":"1","k":"2"}})"},
        Case{"a[0][x]=1&a[0][y]=2", R"({"a":[{"x":"1","y":"2"}]})"}, Case{"a=1&a[]=2", R"({"a":["1","2"]})"},
        Case{"a[b]=1&a=c", R"({"a":{"b":"1","c":true}})"}, Case{"a[b]=1&a[b]=2", R"({"a":{"b":["1","2"]}})"},
        // decoding
        Case{"a=x+y%20z", R"({"a":"x y z"})"}, Case{"a=%E4%BD%A0", R"({"a":"你"})"},
        Case{"a=%E0%A4%A", R"({"a":"%E0%A4%A"})"}, Case{"a=100%", R"({"a":"100%"})"},
        Case{"a=%FF", R"({"a":"%FF"})"}, Case{"a=%zz+b", R"({"a":"%zz b"})"},
        // keys of the JavaScript object prototype
        Case{"__proto__[x]=1&filter[__proto__][x]=1&fields=id", R"({"fields":"id"})"},
        Case{"toString=1&a[constructor]=2&b=3", R"({"b":"3"})"}));

TEST(QueryStringForm, BareKeysAreEmptyText) {
  EXPECT_EQ(Json(parse_query("a&b=1", {.bare_key_is_null = false})), expected(R"({"a":"","b":"1"})"));
}

TEST(QueryStringLimit, RefusesTooManyParameters) {
  std::string query;
  for (std::size_t i = 0; i < kQueryParametersMax; ++i) query += "a=1&";
  EXPECT_EQ(parse_query(query)["a"].get_array().size(), kQueryParametersMax);
  try {
    parse_query(query + "a=1");
    FAIL() << "one parameter too many was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    EXPECT_NE(std::string(error.what()).find("1000"), std::string::npos);
  }
}

TEST(QueryStringLimit, HostileBracketsStayFlat) {
  EXPECT_EQ(parsed(std::string(5000, '[') + "=1").get_object().size(), 1u);
  std::string deep = "a";
  for (int i = 0; i < 5000; ++i) deep += "[b]";
  const Json tree = parsed(deep + "=1");
  const Json* at = &tree.at("a");
  int depth = 0;
  for (; at->is_object(); at = &at->get_object().begin()->value()) ++depth;
  EXPECT_EQ(depth, 6);
}

}  // namespace
}  // namespace flotilla::api
