#include <gtest/gtest.h>

#include "base/error.hpp"
#include "data/read/key_index.hpp"
#include "data/read/selection.hpp"

namespace flotilla::data {
namespace {

Rows rows_of(std::initializer_list<std::string_view> texts) {
  Rows rows;
  rows.set_columns({"k"});
  for (std::string_view text : texts) rows.add_bytes(Cell::Kind::text, text);
  return rows;
}

TEST(ReadKeyIndex, NumbersAndTheirTextsAreOneKey) {
  Rows rows;
  rows.set_columns({"k"});
  rows.add_integer(7);
  rows.add_bytes(Cell::Kind::text, "7");
  rows.add_bytes(Cell::Kind::text, "seven");
  KeyIndex index(rows, 0);
  EXPECT_EQ(index.find(Key(std::int64_t{7})), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(index.find(Key(std::string_view("seven"))), std::vector<std::uint32_t>{2});
  EXPECT_TRUE(index.find(Key()).empty());
}

TEST(ReadKeyIndex, TextsThatOnlyLookLikeNumbersStayApart) {
  Rows rows = rows_of({"007", "7", "-05", "-5", "-0", "0", "+7", "7 ", "99999999999999999999"});
  EXPECT_EQ(distinct_keys(rows, 0).size(), rows.size());
}

TEST(ReadKeyIndex, DistinctKeysLeaveOutNullsAndKeepText) {
  Rows rows = rows_of({"1", "1", "a"});
  EXPECT_EQ(distinct_keys(rows, 0), (std::vector<Param>{std::string("1"), std::string("a")}));
}

struct ReadSelection : testing::Test {
  std::shared_ptr<const Schema> schema = [] {
    std::vector<Collection> all;
    for (const Json& c : json::parse(R"([
      {"name":"users","fields":[{"name":"name","type":"string"},{"name":"secret","type":"string","hidden":true},{"name":"posts","type":"hasMany"}]},
      {"name":"posts","timestamps":false,"fields":[{"name":"title","type":"string"},{"name":"file","type":"blob"},{"name":"user","type":"belongsTo"},
        {"name":"tags","type":"belongsToMany"}]},
      {"name":"tags","timestamps":false,"fields":[{"name":"name","type":"string"}]}])")
                             .as_array())
      all.push_back(build_collection(c.as_object(), {}, false));
    return Schema::build(std::move(all), {}, 1);
  }();
  std::unique_ptr<Selection> select(std::string_view collection, SelectionRequest request) {
    return make_selection(*schema, schema->collection(collection), request);
  }
  static std::string shown(const Selection& s) {
    std::string out;
    for (std::size_t i = 0; i < s.shown; ++i) out += (i ? "," : "") + s.columns[i]->name;
    return out;
  }
};

TEST_F(ReadSelection, ShowsAllButHiddenAndBlobs) {
  EXPECT_EQ(shown(*select("users", {})), "name,id,createdAt,updatedAt");
  EXPECT_EQ(shown(*select("posts", {})), "title,id,userId");
}

TEST_F(ReadSelection, FieldsRestrictButKeysAreRead) {
  auto s = select("posts", {{{"title", "user.name"}}, {}, {}});
  EXPECT_EQ(shown(*s), "title");
  ASSERT_EQ(s->appends.size(), 1u);
  EXPECT_EQ(shown(*s->appends[0].selection), "name");
  EXPECT_EQ(s->columns.size(), 2u);  // the foreign key joins
  EXPECT_EQ(s->appends[0].selection->columns.size(), 2u);
}

TEST_F(ReadSelection, HiddenFieldsStayHiddenWhenNamed) {
  EXPECT_EQ(shown(*select("users", {{{"secret", "name"}}, {}, {}})), "name");
}

TEST_F(ReadSelection, UnknownNames) {
  EXPECT_THROW(select("posts", {{{"nope"}}, {}, {}}), Error);
  EXPECT_THROW(select("posts", {{{"title\" FROM users --"}}, {}, {}}), Error);
  EXPECT_TRUE(select("posts", {{}, {"nope", "title", "user.nope"}, {"nope", "x.y"}})->appends.size() == 1);
}

TEST_F(ReadSelection, AppendsNestAndRestrict) {
  auto s = select("users", {{}, {"posts.tags", "posts.title"}, {}});
  ASSERT_EQ(s->appends.size(), 1u);
  const Selection& posts = *s->appends[0].selection;
  EXPECT_EQ(posts.appends.size(), 1u);
  auto whole = select("users", {{}, {"posts", "posts.tags"}, {"posts.title"}});
  EXPECT_EQ(shown(*whole->appends[0].selection), "id,userId");
}

TEST_F(ReadSelection, ExceptTakesAnAssociationAway) {
  EXPECT_TRUE(select("users", {{}, {"posts"}, {"posts"}})->appends.empty());
  EXPECT_EQ(shown(*select("users", {{}, {}, {"name", "createdAt"}})), "id,updatedAt");
}

TEST_F(ReadSelection, DepthIsLimited) {
  std::string path = "posts";
  for (int i = 0; i < 40; ++i) path += ".user.posts";
  auto s = select("users", {{}, {path}, {}});
  int depth = 0;
  for (const Selection* at = s.get(); !at->appends.empty(); at = at->appends[0].selection.get()) ++depth;
  EXPECT_EQ(depth, kAppendDepthMax);
}

}  // namespace
}  // namespace flotilla::data
