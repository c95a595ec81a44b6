// Lists: appends and their cost, sorting, paging, trees, aggregates, hostile names.
#include <gtest/gtest.h>

#include "lib/cpp/data_world.hpp"

namespace flotilla::data::test {
namespace {

struct DataRead : testing::Test {
  DataWorld world;
  void SetUp() override {
    world.collection(R"({"name":"authors","fields":[{"name":"name","type":"string"}]})");
    world.collection(
        R"({"name":"tags","fields":[{"name":"name","type":"string"},{"name":"rank","type":"integer"}]})");
    world.collection(
        R"({"name":"posts","fields":[{"name":"title","type":"string"},{"name":"views","type":"integer"},{"name":"price","type":"decimal","precision":10,"scale":2},{"name":"at","type":"date"}]})");
    world.field(
        "posts",
        R"({"name":"author","type":"belongsTo","target":"authors","foreignKey":"authorId","reverseField":{"name":"posts","sortBy":["-title"]}})");
    world.field(
        "posts",
        R"({"name":"tags","type":"belongsToMany","target":"tags","through":"links","foreignKey":"postId","otherKey":"tagId"})");
    for (int a = 1; a <= 3; ++a) {
      std::string posts;
      for (int p = 1; p <= 3; ++p) {
        posts += std::string(p > 1 ? "," : "") + R"({"title":"p)" + std::to_string(a) + std::to_string(p) +
                 R"(","views":)" + (p == 3 ? "null" : std::to_string(10 * p)) +
                 R"(,"price":"1.50","at":"2024-0)" + std::to_string(p) +
                 R"(-31T23:30:00Z","tags":[{"name":"t)" + std::to_string(p) + R"("}]})";
      }
      // 31 February does not exist
      std::string::size_type at;
      while ((at = posts.find("2024-02-31")) != posts.npos) posts.replace(at, 10, "2024-02-29");
      world.create("authors", R"({"name":"a)" + std::to_string(a) + R"(","posts":[)" + posts + "]}");
    }
  }
  int statements(const std::string& collection, const std::string& request) {
    world.db().statements = 0;
    world.list(collection, request);
    return world.db().statements;
  }
};

TEST_F(DataRead, ThreeLevelsOfAppends) {
  Json rows = world.list("authors", R"({"appends":["posts.tags","posts.author","posts"]})").at("data");
  const Json& post = rows.at(0).at("posts").at(0);
  EXPECT_EQ(post.at("title"), Json("p13"));  // sortBy: descending
  EXPECT_EQ(post.at("author").at("name"), Json("a1"));
  EXPECT_EQ(post.at("tags").at(0).at("name"), Json("t3"));
  EXPECT_EQ(post.at("tags").at(0).at("links").at("postId"), post.at("id"));
}

TEST_F(DataRead, OneStatementForEachAssociation) {
  EXPECT_EQ(statements("authors", "{}"), 1);
  EXPECT_EQ(statements("authors", R"({"appends":["posts"]})"), 2);
  EXPECT_EQ(statements("authors", R"({"appends":["posts","posts.tags","posts.author"]})"), 4);
  EXPECT_EQ(statements("authors", R"({"appends":["posts","posts.author.posts"]})"), 4);
  EXPECT_EQ(statements("authors", R"({"page":1,"pageSize":2})"), 2);
  EXPECT_EQ(statements("authors", R"({"page":1,"pageSize":20})"), 1);  // the page is not full: no counting
}

TEST_F(DataRead, EmptyAndMissingAppends) {
  EXPECT_EQ(world.list("authors", R"({"appends":["nope","posts"],"filter":{"id":-1}})")
                .at("data")
                .as_array()
                .size(),
            0u);
  world.create("authors", R"({"name":"lonely"})");
  world.create("posts", R"({"title":"orphan"})");
  EXPECT_EQ(json::dump(world.first("authors", R"({"name":"lonely"})", R"(["posts"])").at("posts")), "[]");
  EXPECT_EQ(world.first("posts", R"({"title":"orphan"})", R"(["author"])").at("author"), Json());
}

TEST_F(DataRead, FieldsAndExcept) {
  Json rows = world.list("authors", R"({"fields":["id","posts.title"],"filter":{"id":1}})").at("data");
  EXPECT_EQ(json::dump(rows), R"([{"id":1,"posts":[{"title":"p13"},{"title":"p12"},{"title":"p11"}]}])");
  rows = world.list("posts", R"({"fields":["id","tags.name"],"filter":{"id":1}})").at("data");
  EXPECT_EQ(json::dump(rows), R"([{"id":1,"tags":[{"name":"t1"}]}])");
  rows = world.list("posts", R"({"fields":["id","author"],"except":["author.id"],"filter":{"id":1}})")
             .at("data");
  EXPECT_EQ(json::dump(rows), R"([{"id":1,"author":{"name":"a1"}}])");
}

TEST_F(DataRead, SortsNullsLastBothWaysAndBreaksTies) {
  EXPECT_EQ(world.column("posts", "id", "{}", R"(["views"])"), "1,4,7,2,5,8,3,6,9");
  EXPECT_EQ(world.column("posts", "id", "{}", R"(["-views"])"), "2,5,8,1,4,7,3,6,9");
  EXPECT_EQ(world.column("posts", "id", "{}", R"(["-author.name","-id"])"), "9,8,7,6,5,4,3,2,1");
  EXPECT_EQ(refusal([&] { world.column("posts", "id", "{}", R"(["nope"])"); }).status, 400);
  EXPECT_EQ(refusal([&] { world.column("posts", "id", "{}", R"(["tags.name"])"); }).status, 400);
  EXPECT_EQ(refusal([&] { world.column("posts", "id", "{}", R"(["author"])"); }).status, 400);
}

TEST_F(DataRead, Paging) {
  Json page = world.list("posts", R"({"page":2,"pageSize":4,"sort":["id"]})");
  EXPECT_EQ(json::dump(page.at("meta")), R"({"count":9,"page":2,"pageSize":4,"totalPage":3})");
  EXPECT_EQ(page.at("data").at(0).at("id"), Json(5));
  page = world.list("posts", R"({"page":3,"pageSize":4})");
  EXPECT_EQ(page.at("data").as_array().size(), 1u);
  EXPECT_EQ(page.at("meta").at("count"), Json(9));
  page = world.list("posts", R"({"page":9,"pageSize":4})");
  EXPECT_EQ(page.at("data").as_array().size(), 0u);
  EXPECT_EQ(page.at("meta").at("count"), Json(9));
  page = world.list("posts", R"({"page":1,"pageSize":4,"filter":{"id":-1}})");
  EXPECT_EQ(page.at("meta").at("count"), Json(0));
}

TEST_F(DataRead, SimplePaging) {
  world.collection(R"({"name":"logs","simplePaginate":true,"fields":[]})");
  for (int i = 0; i < 3; ++i) world.create("logs", "{}");
  Json page = world.list("logs", R"({"page":1,"pageSize":2})");
  EXPECT_EQ(json::dump(page.at("meta")), R"({"hasNext":true,"page":1,"pageSize":2})");
  EXPECT_EQ(page.at("data").as_array().size(), 2u);
  EXPECT_EQ(world.list("logs", R"({"page":2,"pageSize":2})").at("meta").at("hasNext"), Json(false));
}

TEST_F(DataRead, ThroughAnAssociation) {
  EXPECT_EQ(world.list_of("authors", "2", "posts", R"({"page":1,"pageSize":2,"sort":["-id"]})")
                .at("meta")
                .at("count"),
            Json(3));
  EXPECT_EQ(world.list_of("authors", "99", "posts").at("data").as_array().size(), 0u);
  EXPECT_EQ(world.list_of("posts", "4", "author").at("data").at(0).at("name"), Json("a2"));
  EXPECT_EQ(world.list_of("posts", "4", "tags", R"({"filter":{"name":"t1"}})").at("data").as_array().size(),
            1u);
  EXPECT_EQ(refusal([&] { world.list_of("authors", "\"x\"", "posts"); }).status, 400);
}

TEST_F(DataRead, Aggregates) {
  Json rows = world.aggregate(
      "posts",
      R"({"measures":[{"field":"views","aggregation":"sum","alias":"s"},{"field":"id","aggregation":"count","alias":"n"}],
    "dimensions":[{"field":"author.name","alias":"who"}],"orders":[{"field":"author.name","alias":"who","order":"desc"}],"filter":{"tags.name.$includes":"t"},"having":{"n":{"$gte":3}}})");
  EXPECT_EQ(json::dump(rows),
            R"([{"s":30,"n":3,"who":"a3"},{"s":30,"n":3,"who":"a2"},{"s":30,"n":3,"who":"a1"}])");
  world.request_minutes = 60;
  rows = world.aggregate(
      "posts",
      R"({"measures":[{"field":"id","aggregation":"count","alias":"n"}],"dimensions":[{"field":"at","format":"YYYY-MM","alias":"m"}],"orders":[{"field":"at","alias":"m"}],"limit":2})");
  EXPECT_EQ(json::dump(rows),
            R"([{"n":3,"m":"2024-02"},{"n":3,"m":"2024-03"}])");  // half past eleven is the next day there
}

TEST_F(DataRead, AggregatesRefuseWhatTheyDoNotKnow) {
  for (std::string bad :
       {"{}", R"({"measures":[{"field":"id","aggregation":"count(*) FROM users --"}]})",
        R"({"measures":[{"field":"id","alias":"a\" FROM users --"}]})",
        R"({"measures":[{"field":"id; DROP TABLE posts"}]})", R"({"measures":5})", R"({"measures":[5]})",
        R"({"dimensions":[{"field":"a.b.c"}]})", R"({"dimensions":[{"field":"tags"}]})",
        R"({"measures":[{"field":"id"}],"having":{"nope":1}})",
        R"({"measures":[{"field":"id"}],"having":{"id":{"$x":1}}})",
        R"({"measures":[{"field":"id"}],"orders":[{"field":"x\" --"}]})",
        R"({"measures":[{"field":"views.x"}]})"}) {
    EXPECT_EQ(refusal([&] { world.aggregate("posts", bad); }).status, 400) << bad;
  }
  EXPECT_EQ(refusal([&] {
              world.aggregate("users", R"({"measures":[{"field":"password","aggregation":"max"}]})");
            }).status,
            400);
}

TEST_F(DataRead, HostileFormatIsOnlyText) {
  Json rows = world.aggregate(
      "posts",
      R"({"measures":[{"field":"id","aggregation":"count","alias":"n"}],"dimensions":[{"field":"at","format":"'||(SELECT 1)||' \" --","alias":"m"}]})");
  EXPECT_GE(rows.as_array().size(), 1u);
  EXPECT_EQ(world.list("posts").at("data").as_array().size(), 9u);
}

TEST_F(DataRead, HostileNames) {
  for (std::string bad : {"id\\\" DESC; DROP TABLE posts --", "id, (SELECT 1)", "author.name\\\" --",
                          "id desc", "\\u0001", "author..name"})
    EXPECT_EQ(refusal([&] { world.column("posts", "id", "{}", "[\"" + bad + "\"]"); }).status, 400) << bad;
  for (std::string bad : {"id\\\" FROM users --", "*", "count(*)"})
    EXPECT_EQ(refusal([&] { world.list("posts", "{\"fields\":[\"" + bad + "\"]}"); }).status, 400) << bad;
  EXPECT_EQ(refusal([&] { world.list("posts", R"({"keys":{"id\" OR 1=1 --":1}})"); }).status, 400);
  EXPECT_EQ(world.list("posts", R"({"keys":{"id":null}})").at("data").as_array().size(), 0u);
  EXPECT_EQ(refusal([&] { world.list("posts", R"({"keys":"1 OR 1=1"})"); }).status, 400);
}

struct DataTree : testing::Test {
  DataWorld world;
  void SetUp() override {
    world.collection(
        R"({"name":"cats","tree":"adjacency-list","fields":[{"name":"name","type":"string"},{"name":"parentId","type":"bigInt"},
      {"name":"parent","type":"belongsTo","target":"cats","foreignKey":"parentId","targetKey":"id","treeParent":true},
      {"name":"children","type":"hasMany","target":"cats","foreignKey":"parentId","sourceKey":"id","treeChildren":true}]})");
    for (std::string row : {R"({"name":"a"})", R"({"name":"b"})", R"({"name":"a1","parentId":1})",
                            R"({"name":"a2","parentId":1})", R"({"name":"a11","parentId":3})"})
      world.create("cats", row);
  }
  static std::string shape(const Json& rows) {
    std::string out;
    for (const Json& row : rows.as_array()) {
      out += json::to_text(row.at("name"));
      if (const Json* below = json::find(row.as_object(), "children")) out += "(" + shape(*below) + ")";
      out += " ";
    }
    return out;
  }
};

TEST_F(DataTree, NestsAndNumbers) {
  Json answer = world.list("cats", R"({"tree":true,"page":1,"pageSize":20,"sort":["id"]})");
  EXPECT_EQ(shape(answer.at("data")), "a(a1(a11 ) a2 ) b ");
  EXPECT_EQ(answer.at("meta").at("count"), Json(2));
  EXPECT_EQ(answer.at("data").at(0).at("children").at(0).at("children").at(0).at("__index"),
            Json("0.children.0.children.0"));
  EXPECT_EQ(shape(world.list("cats", R"({"tree":true,"page":2,"pageSize":1,"sort":["id"]})").at("data")),
            "b ");
  EXPECT_EQ(shape(world.list("cats", R"({"tree":true,"sort":["-id"]})").at("data")), "b a(a2 a1(a11 ) ) ");
}

TEST_F(DataTree, FilterKeepsWhatIsAbove) {
  EXPECT_EQ(shape(world.list("cats", R"({"tree":true,"filter":{"name":"a11"},"sort":["id"]})").at("data")),
            "a(a1(a11 ) ) ");
  EXPECT_EQ(shape(world.list("cats", R"({"tree":true,"filter":{"name":"none"}})").at("data")), "");
}

TEST_F(DataTree, ManyMatches) {
  world.write([](Session& session, const WriteScope&) -> Task<void> {
    Fragment many(
        "INSERT INTO cats (name, parentId) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 40000) SELECT 'leaf', 2 FROM n");
    co_await session.execute(many);
  });
  Json answer = world.list("cats", R"({"tree":true,"filter":{"name":"leaf"},"sort":["id"]})");
  EXPECT_EQ(answer.at("data").at(0).at("children").as_array().size(), 40'000u);
}

TEST_F(DataTree, RecursiveParents) {
  Json row = world.list("cats", R"j({"filter":{"name":"a11"},"appends":["parent(recursively=true)"]})j")
                 .at("data")
                 .at(0);
  EXPECT_EQ(row.at("parent").at("name"), Json("a1"));
  EXPECT_EQ(row.at("parent").at("parent").at("name"), Json("a"));
  EXPECT_FALSE(row.at("parent").at("parent").as_object().contains("parent"));
}

TEST_F(DataTree, RootsWithOtherAppends) {
  Json row =
      world.list("cats", R"j({"filter":{"name":"b"},"appends":["parent(recursively=true)","children"]})j")
          .at("data")
          .at(0);
  EXPECT_EQ(json::dump(row.at("children")), "[]");
  world.field("cats", R"({"name":"zero","type":"belongsTo","target":"cats","foreignKey":"zeroId"})");
  world.update("cats", "2", R"({"zero":1})");
  row = world.list("cats", R"j({"filter":{"name":"b"},"appends":["parent(recursively=true)","zero"]})j")
            .at("data")
            .at(0);
  EXPECT_EQ(row.at("zero").at("name"), Json("a"));
}

TEST_F(DataTree, CyclesEnd) {
  // Nobody can make one through the API, but somebody may with SQL.
  world.write([](Session& session, const WriteScope&) -> Task<void> {
    const Fragment statement(R"(UPDATE cats SET "parentId" = 5 WHERE id = 1)");
    co_await session.execute(statement);
  });
  EXPECT_EQ(shape(world.list("cats", R"({"tree":true})").at("data")), "b ");
  Json row = world.list("cats", R"j({"filter":{"name":"a11"},"appends":["parent(recursively=true)"]})j")
                 .at("data")
                 .at(0);
  EXPECT_EQ(row.at("parent").at("name"), Json("a1"));
}

}  // namespace
}  // namespace flotilla::data::test
