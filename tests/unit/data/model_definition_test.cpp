#include <gtest/gtest.h>

#include "base/error.hpp"
#include "data/model/definition.hpp"

namespace flotilla::data {
namespace {

JsonObject object(std::string_view text) { return json::parse(text).as_object(); }
Random& random() { return Random::system(); }

struct ModelDefinition : testing::Test {
  Metadata metadata = [] {
    Metadata m;
    m.collections = {object(R"({"name":"posts","key":"p"})"), object(R"({"name":"authors","key":"a"})")};
    return m;
  }();
  std::shared_ptr<const Schema> schema = build_schema(metadata, {}, 1);
};

TEST_F(ModelDefinition, CollectionGetsNameKeyAndFlags) {
  JsonObject c = complete_collection({}, random());
  EXPECT_TRUE(json::text(c, "name").starts_with("t_"));
  EXPECT_EQ(json::text(c, "name").size(), 13u);
  EXPECT_FALSE(json::text(c, "key").empty());
  EXPECT_FALSE(c.at("createdAt").as_bool());
  EXPECT_THROW(complete_collection(object(R"({"name":"a;b"})"), random()), Error);
  EXPECT_THROW(complete_collection(object(R"({"name":7})"), random()), Error);
}

TEST_F(ModelDefinition, FieldGetsGeneratedKeys) {
  JsonObject to_one =
      complete_field(object(R"({"name":"author","type":"belongsTo"})"), "posts", *schema, random());
  EXPECT_EQ(json::text(to_one, "target"), "authors");
  EXPECT_TRUE(json::text(to_one, "foreignKey").starts_with("f_"));
  EXPECT_EQ(json::text(to_one, "targetKey"), "id");
  JsonObject many =
      complete_field(object(R"({"name":"authors","type":"belongsToMany","foreignKey":null,"through":""})"),
                     "posts", *schema, random());
  EXPECT_TRUE(json::text(many, "through").starts_with("t_"));
  EXPECT_TRUE(json::text(many, "otherKey").starts_with("f_"));
  EXPECT_TRUE(json::text(many, "foreignKey").starts_with("f_"));
  EXPECT_EQ(json::text(many, "sourceKey"), "id");
}

TEST_F(ModelDefinition, DotsInNamesBecomeUnderscores) {
  JsonObject f = complete_field(object(R"({"name":"a.b","type":"string"})"), "posts", *schema, random());
  EXPECT_EQ(json::text(f, "name"), "a_b");
  EXPECT_EQ(json::text(f, "field"), "a.b");
}

TEST_F(ModelDefinition, RefusesBadFields) {
  for (std::string_view bad : {R"({"name":"a"})", R"({"name":"a","type":5})", R"({"name":"a","type":"nope"})",
                               R"({"name":["a"],"type":"string"})", R"({"name":"a'b","type":"string"})"})
    EXPECT_THROW(complete_field(object(bad), "posts", *schema, random()), Error) << bad;
}

TEST_F(ModelDefinition, MirrorsOfAssociations) {
  JsonObject field = object(
      R"({"key":"k","name":"author","type":"belongsTo","collectionName":"posts","target":"authors","foreignKey":"fk","targetKey":"id","onDelete":"CASCADE"})");
  JsonObject back = mirrored_field(field, object(R"({"name":"posts"})"), random());
  EXPECT_EQ(json::text(back, "type"), "hasMany");
  EXPECT_EQ(json::text(back, "target"), "posts");
  EXPECT_EQ(json::text(back, "collectionName"), "authors");
  EXPECT_EQ(json::text(back, "foreignKey"), "fk");
  EXPECT_EQ(json::text(back, "reverseKey"), "k");
  EXPECT_EQ(json::text(back, "onDelete"), "CASCADE");
  JsonObject m2m = object(
      R"({"key":"k","name":"tags","type":"belongsToMany","collectionName":"posts","target":"tags","through":"pt","foreignKey":"p","otherKey":"t","sourceKey":"s","targetKey":"u"})");
  JsonObject other = mirrored_field(m2m, {}, random());
  EXPECT_EQ(json::text(other, "foreignKey"), "t");
  EXPECT_EQ(json::text(other, "otherKey"), "p");
  EXPECT_EQ(json::text(other, "sourceKey"), "u");
  EXPECT_EQ(json::text(other, "targetKey"), "s");
  JsonObject many = object(
      R"({"key":"k","name":"posts","type":"hasMany","collectionName":"authors","target":"posts","foreignKey":"fk","sourceKey":"id"})");
  EXPECT_EQ(json::text(mirrored_field(many, {}, random()), "type"), "belongsTo");
}

TEST_F(ModelDefinition, MirrorsMustBeAssociations) {
  JsonObject field = object(
      R"({"key":"k","name":"author","type":"belongsTo","collectionName":"posts","target":"authors","foreignKey":"fk","targetKey":"id"})");
  EXPECT_THROW(mirrored_field(field, object(R"({"name":"x","type":"bogus"})"), random()), Error);
  EXPECT_THROW(mirrored_field(field, object(R"({"name":"x","type":"string"})"), random()), Error);
  EXPECT_THROW(mirrored_field(field, object(R"({"name":"x\"y"})"), random()), Error);
  EXPECT_THROW(
      mirrored_field(
          object(R"({"key":"k","name":"a","type":"string","collectionName":"posts","target":"authors"})"), {},
          random()),
      Error);
}

TEST_F(ModelDefinition, ForeignKeysGetRowsOnce) {
  JsonObject field = complete_field(object(R"({"name":"author","type":"belongsTo","foreignKey":"fk"})"),
                                    "posts", *schema, random());
  auto rows = foreign_key_fields(field, metadata, *schema, random());
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].collection, "posts");
  EXPECT_EQ(json::text(rows[0].definition, "name"), "fk");
  EXPECT_EQ(json::text(rows[0].definition, "type"), "bigInt");
  metadata.fields["posts"].push_back(rows[0].definition);
  EXPECT_TRUE(foreign_key_fields(field, metadata, *schema, random()).empty());
}

TEST_F(ModelDefinition, UnsupportedFieldsAreReportedAndTheRestIsServed) {
  metadata.fields["posts"] = {object(R"({"name":"odd","type":"encryption"})"),
                              object(R"({"name":"title","type":"string"})")};
  std::vector<std::string> problems;
  auto built = build_schema(metadata, {}, 2, &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("odd"), std::string::npos);
  EXPECT_NE(built->collection("posts").find("title"), nullptr);
  EXPECT_EQ(built->collection("posts").find("odd"), nullptr);
}

}  // namespace
}  // namespace flotilla::data
