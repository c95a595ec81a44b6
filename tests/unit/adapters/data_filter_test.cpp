// The filter language over a real database.
#include <gtest/gtest.h>

#include "data/filter/filter.hpp"
#include "lib/cpp/data_world.hpp"

namespace flotilla::data::test {
namespace {

struct FilterWorld : testing::Test {
  static DataWorld& world() {
    static DataWorld* made = [] {
      auto* w = new DataWorld;
      w->collection(
          R"({"name":"authors","fields":[{"name":"name","type":"string"},{"name":"pin","type":"password"}]})");
      w->collection(R"({"name":"tags","fields":[{"name":"name","type":"string"}]})");
      w->collection(
          R"({"name":"posts","fields":[{"name":"title","type":"string"},{"name":"body","type":"text"},{"name":"n","type":"integer"},{"name":"m","type":"integer"},
        {"name":"on","type":"boolean"},{"name":"list","type":"array"},{"name":"meta","type":"json"},{"name":"at","type":"date"}]})");
      w->field(
          "posts",
          R"({"name":"author","type":"belongsTo","target":"authors","foreignKey":"authorId","reverseField":{"name":"posts"}})");
      w->field(
          "posts",
          R"({"name":"tags","type":"belongsToMany","target":"tags","through":"postsTags","foreignKey":"postId","otherKey":"tagId","reverseField":{"name":"posts"}})");
      w->create(
          "posts",
          R"({"title":"u1","n":1,"m":1,"on":true,"list":["1","2","a"],"meta":{"k":"v","n":5,"deep":{"x":[10,20]},"flag":true,"a.b":1},"at":"2023-06-01T00:00:00Z",
        "author":{"name":"Ann"},"tags":[{"name":"red"},{"name":"redder"},{"name":"blue"}]})");
      w->create(
          "posts",
          R"({"title":"b1","n":2,"on":false,"list":[],"meta":{"k":"w","n":10,"flag":false},"at":"2024-01-15T10:00:00Z","author":{"name":"Bob"},"tags":[1]})");
      w->create("posts", R"({"title":"100%_'\\","n":10,"m":9,"meta":{"n":"text"},"list":["aa"],"author":1})");
      w->create("posts", R"({"title":"","body":"","meta":[1,{"k":"v"}]})");
      w->create("posts", R"({"n":20})");
      return w;
    }();
    return *made;
  }
  static std::string ids(const std::string& filter) { return world().ids("posts", filter); }
  static Refusal refused(const std::string& filter) {
    return refusal([&] { ids(filter); });
  }
};

TEST_F(FilterWorld, EqualityAndMembership) {
  EXPECT_EQ(ids(R"({"title":"u1"})"), "1");
  EXPECT_EQ(ids(R"({"title.$eq":null})"), "5");
  EXPECT_EQ(ids(R"({"title":null})"), "5");
  EXPECT_EQ(ids(R"({"n":[1,20]})"), "1,5");
  EXPECT_EQ(ids(R"({"n":"10"})"), "3");
  EXPECT_EQ(ids(R"({"title.$ne":"u1"})"), "2,3,4,5");
  EXPECT_EQ(ids(R"({"title.$ne":null})"), "1,2,3,4");
  EXPECT_EQ(ids(R"({"title.$ne":["u1","b1"]})"), "3,4");
  EXPECT_EQ(ids(R"({"title.$in":[]})"), "");
  EXPECT_EQ(ids(R"({"title.$in":null})"), "");
  EXPECT_EQ(ids(R"({"n.$in":[1,null]})"), "1");
  EXPECT_EQ(ids(R"({"n.$in":1})"), "1");
  EXPECT_EQ(ids(R"({"title.$notIn":["u1"]})"), "2,3,4,5");
  EXPECT_EQ(ids(R"({"title.$notIn":[]})"), "5");
  EXPECT_EQ(ids(R"({"title.$not_in":["u1"]})"), ids(R"({"title.$notin":["u1"]})"));
  EXPECT_EQ(ids(R"({"n":{"$gt":1,"$lte":10}})"), "2,3");
  EXPECT_EQ(ids(R"({"n.$between":[2,10]})"), "2,3");
  EXPECT_EQ(ids(R"({"n.$notBetween":[2,10]})"), "1,5");
  EXPECT_EQ(ids(R"({"n.$col":"m"})"), "1");
}

TEST_F(FilterWorld, Groups) {
  EXPECT_EQ(ids("{}"), "1,2,3,4,5");
  EXPECT_EQ(ids(R"({"$or":[]})"), "1,2,3,4,5");
  EXPECT_EQ(ids(R"({"$and":[{"$or":[{"n":1},{"n":2}]},{"title":"b1"}]})"), "2");
  EXPECT_EQ(ids(R"({"$or":{"n":1,"title":"b1"}})"), "1,2");
  EXPECT_EQ(ids(R"({"$not":{"n":1}})"), "2,3,5");
  EXPECT_EQ(ids(R"({"$not":[{"n":1}]})"), "2,3,5");
  EXPECT_EQ(ids(R"([{"n":1},{"title":"u1"}])"), "1");
  EXPECT_EQ(refused(R"({"$or":5})").status, 400);
  EXPECT_EQ(refused(R"([1])").status, 400);
}

TEST_F(FilterWorld, Text) {
  EXPECT_EQ(ids(R"({"title.$includes":"_"})"), "3");
  EXPECT_EQ(ids(R"({"title.$includes":"%"})"), "3");
  EXPECT_EQ(ids(R"({"title.$includes":"'"})"), "3");
  EXPECT_EQ(ids(R"({"title.$endWith":"\\"})"), "3");
  EXPECT_EQ(ids(R"({"title.$includes":["u1","b1"]})"), "1,2");
  EXPECT_EQ(ids(R"({"title.$includes":"U1"})"), "1");
  EXPECT_EQ(ids(R"({"title.$notIncludes":["u1","b1"]})"), "3,4");
  EXPECT_EQ(ids(R"({"title.$startsWith":["u","b"]})"), "1,2");
  EXPECT_EQ(ids(R"({"title.$notStartsWith":["u","v"]})"), "2,3,4");
  EXPECT_EQ(ids(R"({"title.$endWith":["1"]})"), "1,2");
  EXPECT_EQ(ids(R"({"title.$notEndWith":["1"]})"), "3,4");
  EXPECT_EQ(ids(R"({"title.$includes":null})"), "5");
  EXPECT_EQ(ids(R"({"title.$notIncludes":null})"), "1,2,3,4");
  EXPECT_EQ(ids(R"({"title.$like":"_1"})"), "1,2");
  EXPECT_EQ(ids(R"({"title.$regexp":"^[ub]1$"})"), "1,2");
  EXPECT_EQ(ids(R"({"n.$includes":"0"})"), "3,5");
  EXPECT_NE(refused(R"({"title.$regexp":"("})").status, 0);
}

TEST_F(FilterWorld, EmptyAndBooleans) {
  EXPECT_EQ(ids(R"({"title.$empty":true})"), "4,5");
  EXPECT_EQ(ids(R"({"title.$notEmpty":false})"), "1,2,3");
  EXPECT_EQ(ids(R"({"body.$empty":1})"), "1,2,3,5");
  EXPECT_EQ(ids(R"({"list.$empty":1})"), "2,4,5");
  EXPECT_EQ(ids(R"({"list.$notEmpty":1})"), "1,3");
  EXPECT_EQ(ids(R"({"$or":[{"title.$empty":true},{"n":1}]})"), "1,4,5");
  EXPECT_EQ(ids(R"({"on.$isTruly":true})"), "1");
  EXPECT_EQ(ids(R"({"on.$isFalsy":"true"})"), "2,3,4,5");
  EXPECT_EQ(ids(R"({"on.$isTruly":false})"), "2,3,4,5");
}

TEST_F(FilterWorld, Lists) {
  EXPECT_EQ(ids(R"({"list.$match":["a","2","1"]})"), "1");
  EXPECT_EQ(ids(R"({"list.$notMatch":["a","2","1"]})"), "2,3");
  EXPECT_EQ(ids(R"({"list.$anyOf":"aa"})"), "3");
  EXPECT_EQ(ids(R"({"list.$anyOf":[]})"), "");
  EXPECT_EQ(ids(R"({"list.$noneOf":["a"]})"), "2,3,4,5");
  EXPECT_EQ(ids(R"({"list.$arrayEmpty":true})"), "2,4,5");
  EXPECT_EQ(refused(R"({"title.$anyOf":["a"]})").status, 400);
}

TEST_F(FilterWorld, PathsIntoJson) {
  EXPECT_EQ(ids(R"({"meta.k":"v"})"), "1");
  EXPECT_EQ(ids(R"({"meta":{"k":{"$eq":"v"}}})"), "1");
  EXPECT_EQ(ids(R"({"meta.k.$in":["v","w"]})"), "1,2");
  EXPECT_EQ(ids(R"({"meta.k.$notIn":["v"]})"), "2,3,4,5");
  EXPECT_EQ(ids(R"({"meta.k.$ne":"v"})"), "2,3,4,5");
  EXPECT_EQ(ids(R"({"meta.k":null})"), "3,4,5");
  EXPECT_EQ(ids(R"({"meta.k.$includes":"V"})"), "1");
  EXPECT_EQ(ids(R"({"meta.k.$includes":["v","w"]})"), "1,2");
  EXPECT_EQ(ids(R"({"meta.k.$notIncludes":"v"})"), "2");
  EXPECT_EQ(ids(R"({"meta.k.$like":"_"})"), "1,2");
  EXPECT_EQ(ids(R"({"meta.k.$regexp":"^v$"})"), "1");
  EXPECT_EQ(ids(R"({"meta.n":5})"), "1");
  EXPECT_EQ(ids(R"({"meta.n.$gt":5})"), "2");
  EXPECT_EQ(ids(R"({"meta.n.$between":[5,10]})"), "1,2");
  EXPECT_EQ(ids(R"({"meta.n.$in":[10,11]})"), "2");
  EXPECT_EQ(ids(R"({"meta.n.$in":["text",5]})"), "1,3");
  EXPECT_EQ(ids(R"({"meta.n":"text"})"), "3");
  EXPECT_EQ(ids(R"({"meta.deep.x.1":20})"), "1");
  EXPECT_EQ(ids(R"({"meta.1.k":"v"})"), "4");
  EXPECT_EQ(ids(R"({"meta.flag.$isTruly":true})"), "1");
  EXPECT_EQ(ids(R"({"meta.flag":false})"), "2");
  EXPECT_EQ(ids(R"({"meta.flag.$isFalsy":true})"), "2,3,4,5");
  EXPECT_EQ(refused(R"({"meta.k.$dateOn":"2023"})").status, 400);
  EXPECT_EQ(refused(R"({"meta.deep.$anyOf":["a"]})").status, 400);
  EXPECT_EQ(refused(R"({"title.x":"v"})").status, 400);
  EXPECT_EQ(refused(R"({"title":{"x":"v"}})").status, 400);
}

TEST_F(FilterWorld, HostileJsonPaths) {
  for (std::string key : {R"(meta.x') OR 1=1 --)", R"(meta.\")) OR 1=1 --)", R"(meta.'||(SELECT 1)||')",
                          R"(meta.$..*)", R"(meta.a\\)", R"(meta..)", R"(meta.[0])"}) {
    Refusal r = refusal([&] { EXPECT_EQ(ids("{\"" + key + "\":\"zz\"}"), "") << key; });
    EXPECT_TRUE(r.status == 0 || r.status == 400) << key << " " << r.status << r.message;
  }
  EXPECT_EQ(refused("{\"meta.\\u0001\":1}").status, 400);
  EXPECT_EQ(refused("{\"meta.\\u0000\":1}").status, 400);
}

TEST_F(FilterWorld, AssociationsNeverRepeatARow) {
  EXPECT_EQ(ids(R"({"author.name":"Ann"})"), "1,3");
  EXPECT_EQ(ids(R"({"tags.name.$includes":"e"})"), "1,2");
  Json page =
      world().list("posts", R"({"filter":{"tags.name.$includes":"e"},"page":1,"pageSize":1,"sort":["id"]})");
  EXPECT_EQ(page.at("meta").at("count"), Json(2));
  EXPECT_EQ(page.at("data").as_array().size(), 1u);
  EXPECT_EQ(ids(R"({"author":{"posts":{"title":"u1"}}})"), "1,3");
  EXPECT_EQ(ids(R"({"author.posts.tags.name":"blue"})"), "1,3");
  EXPECT_EQ(ids(R"({"author.$or":[{"name":"Ann"},{"name":"Bob"}]})"), "1,2,3");
  EXPECT_EQ(ids(R"({"author":{"$or":[{"name":"Ann"},{"name":"Bob"}]}})"), "1,2,3");
  EXPECT_EQ(ids(R"({"tags.name.$empty":true})"), "3,4,5");
}

TEST_F(FilterWorld, Existence) {
  EXPECT_EQ(ids(R"({"author.$exists":true})"), "1,2,3");
  EXPECT_EQ(ids(R"({"author.$notExists":true})"), "4,5");
  EXPECT_EQ(ids(R"({"author.posts.$exists":true})"), "1,2,3");
  EXPECT_EQ(ids(R"({"tags.$notExists":true})"), "3,4,5");
}

TEST_F(FilterWorld, UnknownNamesAreRefused) {
  EXPECT_NE(refused(R"({"author.nope":1})")
                .message.find("nope neither authors's association nor authors's attribute"),
            std::string::npos);
  for (std::string bad :
       {R"({"nope":1})", R"({"$eq":1})", R"({"title.$nope":1})", R"({"author":1})", R"({"title.$eq.x":1})",
        R"({"title":{"$gt":[1]}})", R"({"n":"abc"})", R"({"title\" OR 1=1 --":1})", R"({"author.name\"":1})",
        R"({"":1})", R"({"author..name":1})", R"({"n.$between":5})", R"({"n.$between":[1]})"}) {
    EXPECT_EQ(refused(bad).status, 400) << bad;
  }
}

TEST_F(FilterWorld, HostileValuesAreOnlyValues) {
  for (std::string value :
       {"' OR 1=1 --", "\\\"; DROP TABLE posts; --", "%' OR '1'='1", "\\u0001", "\\u0000"}) {
    EXPECT_EQ(ids(R"({"title":")" + value + R"("})"), "") << value;
    EXPECT_EQ(ids(R"({"title.$includes":")" + value + R"("})"), "") << value;
    EXPECT_EQ(ids(R"({"list.$anyOf":[")" + value + R"("]})"), "") << value;
    EXPECT_EQ(ids(R"({"meta.k":")" + value + R"("})"), "") << value;
  }
  EXPECT_NE(refused(R"({"n.$col":"m\" OR 1=1 --"})").status, 0);
}

TEST_F(FilterWorld, HashesCannotBeProbed) {
  EXPECT_EQ(refused(R"({"author.pin.$startsWith":"a"})").status, 400);
  EXPECT_EQ(refusal([] { world().list("authors", R"({"sort":["pin"]})"); }).status, 400);
}

TEST_F(FilterWorld, ManyConditionsAndLongLists) {
  std::string any, texts;
  for (int i = 0; i < kFilterTermsMax; ++i)
    any += (i ? "," : "") + std::string(R"({"title.$ne":")") + std::to_string(i) + "\"}";
  EXPECT_EQ(ids(R"({"$and":[)" + any + "]}"), "1,2,3,4,5");
  EXPECT_EQ(refused(R"({"$and":[)" + any + R"(,{"n":1}]})").status, 400);
  for (int i = 0; i < kFilterTermsMax; ++i) texts += (i ? ",\"x" : "\"x") + std::to_string(i) + "\"";
  EXPECT_EQ(ids(R"({"title.$notIncludes":[)" + texts + "]}"), "1,2,3,4");
  EXPECT_EQ(refused(R"({"title.$includes":[)" + texts + ",\"u1\"]}").status, 400);
}

TEST_F(FilterWorld, ListsLongerThanADatabaseBinds) {
  std::string numbers, texts;
  for (int i = 5; i < 60'000; ++i) numbers += (i > 5 ? "," : "") + std::to_string(i);
  for (int i = 0; i < 60'000; ++i) texts += "\"x" + std::to_string(i) + "\",";
  EXPECT_EQ(ids(R"({"n.$in":[)" + numbers + "]}"), "3,5");
  EXPECT_EQ(ids(R"({"n":[)" + numbers + "]}"), "3,5");
  EXPECT_EQ(ids(R"({"n.$notIn":[)" + numbers + "]}"), "1,2,4");
  EXPECT_EQ(ids(R"({"title.$in":[)" + texts + "\"u1\"]}"), "1");
  EXPECT_EQ(ids(R"({"meta.k.$in":[)" + texts + "\"v\"]}"), "1");
}

TEST_F(FilterWorld, TooManyJoinsAreRefused) {
  std::string path;
  for (int i = 0; i < 12; ++i) path += "author.posts.";
  EXPECT_EQ(ids(R"({")" + path + R"(title":"u1"})"), "1,3");
  for (int i = 0; i < 12; ++i) path += "author.posts.";
  EXPECT_EQ(refused(R"({")" + path + R"(title":"u1"})").status, 400);
}

TEST_F(FilterWorld, CurrentUserAndState) {
  world().state = json::parse(R"({"currentUser":{"id":2,"x":{"y":10}}})").as_object();
  EXPECT_EQ(ids(R"({"n.$isCurrentUser":true})"), "2");
  EXPECT_EQ(ids(R"({"n.$isNotCurrentUser":true})"), "1,3,4,5");
  EXPECT_EQ(ids(R"({"n.$isVar":"currentUser.x.y"})"), "3");
  EXPECT_EQ(ids(R"({"n.$isVar":"currentUser.x.y.z"})"), "4");
  world().state = {};
  EXPECT_EQ(ids(R"({"n.$isCurrentUser":true})"), "");
}

TEST_F(FilterWorld, Dates) {
  EXPECT_EQ(ids(R"({"at.$dateOn":"2023"})"), "1");
  EXPECT_EQ(ids(R"({"at.$dateAfter":"2023"})"), "2");
  EXPECT_EQ(ids(R"({"at.$dateNotOn":"2023"})"), "2");
  EXPECT_EQ(ids(R"({"at.$dateBetween":["2023-06-01","2024-01-15"]})"), "1,2");
  EXPECT_EQ(ids(R"j({"at.$dateBetween":"(2023-06-01,2024-01-15)"})j"), "");
  EXPECT_EQ(refused(R"({"at.$dateOn":"soon"})").status, 400);
  EXPECT_EQ(refused(R"({"at.$dateOn":""})").status, 400);
}

}  // namespace
}  // namespace flotilla::data::test
