#include <gtest/gtest.h>

#include "base/error.hpp"
#include "data/schema/collection.hpp"

namespace flotilla::data {
namespace {

Field parse(std::string_view text, bool underscored = false) {
  return parse_field(json::parse(text).as_object(), underscored);
}

std::string message(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    return error.what();
  }
  return {};
}

TEST(SchemaField, ReadsFlagsAndColumn) {
  Field f =
      parse(R"({"name":"createdById","type":"bigInt","unique":true,"hidden":true,"allowNull":false})", true);
  EXPECT_EQ(f.column, "created_by_id");
  EXPECT_TRUE(f.unique);
  EXPECT_TRUE(f.hidden);
  EXPECT_FALSE(f.allow_null);
  EXPECT_EQ(f.json_key, R"("createdById":)");
  EXPECT_EQ(parse(R"({"name":"a","type":"string","field":"other"})", true).column, "other");
}

TEST(SchemaField, VirtualAndAssociationsHaveNoColumn) {
  EXPECT_EQ(parse(R"({"name":"a","type":"virtual"})").column, "");
  EXPECT_EQ(parse(R"({"name":"a","type":"hasMany"})").column, "");
}

TEST(SchemaField, FormulaAndContextAreStoredAsTheirDataType) {
  EXPECT_EQ(parse(R"({"name":"a","type":"formula","dataType":"string"})").values, ValueClass::text);
  EXPECT_EQ(parse(R"({"name":"a","type":"formula"})").values, ValueClass::number);
  EXPECT_EQ(parse(R"({"name":"a","type":"context","dataType":"bigInt"})").column_kind, ColumnKind::bigint);
  EXPECT_EQ(parse(R"({"name":"a","type":"context","dataType":"hasMany"})").column_kind, ColumnKind::varchar);
}

TEST(SchemaField, RefusesWhatItCannotServe) {
  EXPECT_NE(message(R"({"name":"a","type":"bogus"})").find("bogus"), std::string::npos);
  EXPECT_NE(message(R"({"name":"a"})").find("null"), std::string::npos);
  EXPECT_NE(message(R"({"name":"","type":"string"})"), "");
  EXPECT_NE(message(R"({"name":"a\" OR 1=1 --","type":"string"})"), "");
  EXPECT_NE(message(R"({"name":"a\u0000b","type":"string"})"), "");
  EXPECT_NE(message(R"({"name":"a","type":"string","field":"x; drop table users"})"), "");
  const std::string long_name(64, 'x');
  EXPECT_NE(message(R"({"name":")" + long_name + R"(","type":"string"})")
                .find("Identifier " + long_name + " is too long"),
            std::string::npos);
  EXPECT_NE(
      message(R"({"name":"a","type":"belongsTo","foreignKey":")" + long_name + R"("})").find("too long"),
      std::string::npos);
  EXPECT_NE(
      message(R"({"name":"a","type":"belongsToMany","through":")" + long_name + R"("})").find("too long"),
      std::string::npos);
  EXPECT_EQ(message(R"({"name":")" + std::string(63, 'x') + R"(","type":"string"})"), "");
}

TEST(SchemaField, LabelUnwrapsTranslations) {
  EXPECT_EQ(parse(R"({"name":"a","type":"string","uiSchema":{"title":"{{t(\"Full name\")}}"}})").label(),
            "Full name");
  EXPECT_EQ(parse(R"({"name":"a","type":"string","title":"Plain"})").label(), "Plain");
  EXPECT_EQ(parse(R"({"name":"a","type":"string","uiSchema":{"title":"{{t("}})").label(), "{{t(");
  EXPECT_EQ(parse(R"({"name":"a","type":"string"})").label(), "a");
}

TEST(SchemaField, OnlySuitableDefaultsReachTheColumn) {
  EXPECT_EQ(parse(R"({"name":"a","type":"integer","defaultValue":5})").column_def().default_value,
            Param(std::int64_t{5}));
  EXPECT_EQ(parse(R"({"name":"a","type":"integer","defaultValue":"x'); drop"})").column_def().default_value,
            std::nullopt);
  EXPECT_EQ(parse(R"({"name":"a","type":"json","defaultValue":{"a":1}})").column_def().default_value,
            std::nullopt);
}

Collection build(std::string_view text, bool from_metadata = false, NamingRules rules = {}) {
  return build_collection(json::parse(text).as_object(), rules, from_metadata);
}

std::string names(const Collection& c) {
  std::string out;
  for (const Field& f : c.fields()) out += (out.empty() ? "" : ",") + f.name;
  return out;
}

TEST(SchemaCollection, ImplicitFieldsOfCodeAndMetadata) {
  EXPECT_EQ(names(build(R"({"name":"a"})")), "id,createdAt,updatedAt");
  EXPECT_EQ(names(build(R"({"name":"a"})", true)), "id");
  EXPECT_EQ(names(build(R"({"name":"a","createdAt":true,"updatedAt":true})", true)),
            "id,createdAt,updatedAt");
  EXPECT_EQ(names(build(R"({"name":"a","updatedAt":false})")), "id,createdAt");
  EXPECT_EQ(names(build(R"({"name":"a","timestamps":false,"autoGenId":false})")), "");
  EXPECT_EQ(names(build(R"({"name":"a","timestamps":false,"createdBy":true})")), "id,createdBy,createdById");
  EXPECT_EQ(names(build(R"({"name":"a","timestamps":false,"sortable":"pos"})")), "id,pos");
  EXPECT_EQ(names(build(
                R"({"name":"a","timestamps":false,"fields":[{"name":"k","type":"uid","primaryKey":true}]})")),
            "k");
  EXPECT_EQ(names(build(R"({"name":"a","template":"view"})")), "");
}

TEST(SchemaCollection, SortableObjectIsMerged) {
  Collection c = build(R"({"name":"a","sortable":{"name":"pos","scopeKey":"status"}})");
  ASSERT_NE(c.find("pos"), nullptr);
  EXPECT_EQ(json::text(c.field("pos").options, "scopeKey"), "status");
  EXPECT_TRUE(c.field("pos").hidden);
}

TEST(SchemaCollection, NamesOfTables) {
  EXPECT_EQ(build(R"({"name":"blogPosts"})", false, {"p_", true}).table, "p_blog_posts");
  EXPECT_EQ(build(R"({"name":"p_posts"})", false, {"p_", false}).table, "p_posts");
  EXPECT_EQ(build(R"({"name":"posts","from":"dbsync"})", false, {"p_", false}).table, "posts");
  EXPECT_THROW(build(R"({"name":"a\"b"})"), Error);
  EXPECT_THROW(build(R"({"name":""})"), Error);
  EXPECT_THROW(build("{\"name\":\"" + std::string(63, 'a') + "\"}", false, {"p_", false}), Error);
}

TEST(SchemaCollection, FilterTargetKey) {
  using Keys = std::vector<std::string>;
  EXPECT_EQ(build(R"({"name":"a"})").filter_target_key, Keys{"id"});
  EXPECT_EQ(build(R"({"name":"a","filterTargetKey":"code","fields":[{"name":"code","type":"string"}]})")
                .filter_target_key,
            Keys{"code"});
  EXPECT_EQ(build(R"({"name":"a","filterTargetKey":["x","y"]})").filter_target_key, (Keys{"x", "y"}));
  Collection composite = build(
      R"({"name":"a","fields":[{"name":"x","type":"integer","primaryKey":true},{"name":"y","type":"integer","primaryKey":true}]})");
  EXPECT_EQ(composite.filter_target_key, Keys{});
  EXPECT_EQ(composite.primary_key(), nullptr);
  EXPECT_EQ(composite.key_field(), nullptr);
}

TEST(SchemaCollection, ReadsIndexes) {
  using Groups = std::vector<std::vector<std::string>>;
  Collection c = build(
      R"({"name":"a","indexes":["x",["x","y"],{"fields":["y",{"name":"z"}]},{"unique":true,"fields":["x","z"]}]})");
  EXPECT_EQ(c.indexed_together, (Groups{{"x"}, {"x", "y"}, {"y", "z"}}));
  EXPECT_EQ(c.unique_together, (Groups{{"x", "z"}}));
  EXPECT_THROW(build(R"({"name":"a","indexes":[{"unique":true}]})"), Error);
  EXPECT_THROW(build(R"({"name":"a","indexes":[{"fields":[1]}]})"), Error);
  EXPECT_THROW(build(R"({"name":"a","indexes":[[]]})"), Error);
  EXPECT_THROW(build(R"({"name":"a","indexes":"x"})"), Error);
}

TEST(SchemaCollection, UnknownFieldIsNamed) {
  try {
    build(R"({"name":"a"})").field("nope");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    EXPECT_NE(std::string(error.what()).find("nope"), std::string::npos);
  }
}

}  // namespace
}  // namespace flotilla::data
