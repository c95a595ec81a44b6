#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/schema/index_def.hpp"
#include "data/schema/schema_changes.hpp"

namespace flotilla::data {
namespace {

std::shared_ptr<const Schema> build(std::string_view definitions, NamingRules rules = {}) {
  std::vector<Collection> collections;
  for (const Json& item : json::parse(definitions).as_array())
    collections.push_back(build_collection(item.as_object(), rules, false));
  return Schema::build(std::move(collections), rules, 1);
}

const Association& association(const Schema& schema, std::string_view collection, std::string_view field) {
  return schema.collection(collection).field(field).association;
}

TEST(SchemaBuild, DefaultsOfBelongsToAndHasMany) {
  auto schema = build(
      R"([{"name":"users","fields":[{"name":"posts","type":"hasMany"},{"name":"profile","type":"hasOne"}]},
    {"name":"posts","fields":[{"name":"user","type":"belongsTo"}]},{"name":"profiles"}])");
  EXPECT_EQ(association(*schema, "posts", "user").target, "users");
  EXPECT_EQ(association(*schema, "posts", "user").foreign_key, "userId");
  EXPECT_EQ(association(*schema, "posts", "user").target_key, "id");
  EXPECT_EQ(association(*schema, "users", "posts").foreign_key, "userId");
  EXPECT_EQ(association(*schema, "users", "profile").target, "profiles");
  EXPECT_EQ(association(*schema, "users", "profile").foreign_key, "userId");
  ASSERT_NE(schema->collection("posts").find("userId"), nullptr);
  EXPECT_TRUE(schema->collection("posts").field("userId").implicit);
  EXPECT_NE(schema->collection("profiles").find("userId"), nullptr);
}

TEST(SchemaBuild, DefaultsOfBelongsToMany) {
  auto schema =
      build(R"([{"name":"posts","fields":[{"name":"tags","type":"belongsToMany"}]},{"name":"tags"}])");
  const Association& a = association(*schema, "posts", "tags");
  EXPECT_EQ(a.through, "postsTags");
  EXPECT_EQ(a.foreign_key, "postId");
  EXPECT_EQ(a.other_key, "tagId");
  const Collection& through = schema->collection("postsTags");
  EXPECT_TRUE(through.through);
  EXPECT_NE(through.find("postId"), nullptr);
  EXPECT_NE(through.find("tagId"), nullptr);
  EXPECT_EQ(through.find("id"), nullptr);
  EXPECT_EQ(through.unique_together.size(), 1u);
}

TEST(SchemaBuild, ExistingThroughCollectionIsReused) {
  auto schema = build(
      R"([{"name":"posts","fields":[{"name":"tags","type":"belongsToMany","through":"links"}]},{"name":"tags"},
    {"name":"links","fields":[{"name":"weight","type":"integer"}]}])");
  const Collection& links = schema->collection("links");
  EXPECT_FALSE(links.through);
  EXPECT_NE(links.find("weight"), nullptr);
  EXPECT_NE(links.find("postId"), nullptr);
  EXPECT_TRUE(links.unique_together.empty());
}

TEST(SchemaBuild, ForeignKeysTakeTheTypeOfTheirKey) {
  auto schema =
      build(R"([{"name":"roles","autoGenId":false,"fields":[{"name":"name","type":"uid","primaryKey":true}]},
    {"name":"things","autoGenId":false,"fields":[{"name":"id","type":"uuid","primaryKey":true}]},
    {"name":"users","fields":[{"name":"role","type":"belongsTo"},{"name":"thing","type":"belongsTo"},{"name":"roles","type":"belongsToMany"}]}])");
  EXPECT_EQ(schema->collection("users").field("roleName").type, FieldType::string);
  EXPECT_EQ(schema->collection("users").field("thingId").type, FieldType::uuid);
  EXPECT_EQ(schema->collection("rolesUsers").field("roleName").type, FieldType::string);
  EXPECT_EQ(schema->collection("rolesUsers").field("userId").type, FieldType::big_int);
}

TEST(SchemaBuild, TargetMayComeLater) {
  auto pending = build(R"([{"name":"posts","fields":[{"name":"user","type":"belongsTo"}]}])");
  EXPECT_EQ(pending->target(pending->collection("posts").field("user")), nullptr);
  EXPECT_NE(pending->collection("posts").find("userId"), nullptr);
}

TEST(SchemaBuild, RefusesEqualTablesAndThroughEqualToTarget) {
  EXPECT_THROW(build(R"([{"name":"a","tableName":"x"},{"name":"b","tableName":"x"}])"), Error);
  EXPECT_THROW(
      build(
          R"([{"name":"a","fields":[{"name":"bs","type":"belongsToMany","target":"b","through":"b"}]},{"name":"b"}])"),
      Error);
}

TEST(SchemaBuild, ChosenOnDeleteBeatsTheDefaultAndCascadeBeatsSetNull) {
  constexpr std::string_view kBoth =
      R"([{"name":"users","fields":[{"name":"posts","type":"hasMany"%s}]},{"name":"posts","fields":[{"name":"user","type":"belongsTo"%s}]}])";
  auto with = [&](std::string_view has_many, std::string_view belongs_to) {
    std::string text(kBoth);
    text.replace(text.find("%s"), 2, has_many);
    text.replace(text.find("%s"), 2, belongs_to);
    auto schema = build(text);
    EXPECT_EQ(schema->references("users").size(), 1u);
    return schema->references("users").at(0).on_delete;
  };
  EXPECT_EQ(with("", ""), OnDelete::no_action);
  EXPECT_EQ(with(R"(,"onDelete":"CASCADE")", ""), OnDelete::cascade);
  EXPECT_EQ(with("", R"(,"onDelete":"SET NULL")"), OnDelete::set_null);
  EXPECT_EQ(with(R"(,"onDelete":"SET NULL")", R"(,"onDelete":"CASCADE")"), OnDelete::cascade);
  EXPECT_EQ(with(R"(,"onDelete":"CASCADE")", R"(,"onDelete":"SET NULL")"), OnDelete::cascade);
  EXPECT_EQ(with(R"(,"onDelete":"restrict")", ""), OnDelete::restrict);
}

TEST(SchemaBuild, LinksOfBelongsToManyCascadeFromBothSides) {
  auto schema =
      build(R"([{"name":"posts","fields":[{"name":"tags","type":"belongsToMany"}]},{"name":"tags"}])");
  ASSERT_EQ(schema->references("posts").size(), 1u);
  ASSERT_EQ(schema->references("tags").size(), 1u);
  EXPECT_EQ(schema->references("tags")[0].collection, "postsTags");
  EXPECT_EQ(schema->references("tags")[0].on_delete, OnDelete::cascade);
}

TEST(SchemaBuild, KeysThatCannotBeComparedAreNamed) {
  auto schema = build(
      R"([{"name":"users"},{"name":"posts","fields":[{"name":"user","type":"belongsTo","foreignKey":"owner"},{"name":"owner","type":"string"}]}])");
  const Collection& posts = schema->collection("posts");
  try {
    check_key_types(*schema, posts, posts.field("user"));
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("string"), text.npos);
    EXPECT_NE(text.find("bigInt"), text.npos);
  }
}

TEST(SchemaBuild, BelongsToManyNeedsKeysOnBothSides) {
  auto schema = build(
      R"([{"name":"logs","autoGenId":false,"fields":[{"name":"tags","type":"belongsToMany"}]},{"name":"tags"}])");
  const Collection& logs = schema->collection("logs");
  EXPECT_THROW(check_key_types(*schema, logs, logs.field("tags")), Error);
}

TEST(SchemaIndexes, CoverUniqueForeignAndDeclaredOnes) {
  auto schema = build(
      R"([{"name":"users"},{"name":"posts","timestamps":false,"indexes":[["a","b"],{"fields":["a"]},["nope"],{"unique":true,"fields":["b","a"]}],
    "fields":[{"name":"a","type":"string","unique":true},{"name":"b","type":"string","index":true},{"name":"user","type":"belongsTo"}]}])");
  std::vector<IndexDef> have = indexes_of(schema->collection("posts"));
  auto has = [&](std::string_view name, std::vector<std::string> columns, bool unique) {
    return std::ranges::find(have, IndexDef{std::string(name), columns, unique}) != have.end();
  };
  EXPECT_EQ(have.size(), 5u);  // `a` is there once, as the unique one
  EXPECT_TRUE(has("posts_b_a_uk", {"b", "a"}, true));
  EXPECT_TRUE(has("posts_a_uk", {"a"}, true));
  EXPECT_TRUE(has("posts_b", {"b"}, false));
  EXPECT_TRUE(has("posts_userId", {"userId"}, false));
  EXPECT_TRUE(has("posts_a_b", {"a", "b"}, false));
}

TEST(SchemaIndexes, LongNamesAreHashed) {
  auto schema = build("[{\"name\":\"" + std::string(40, 't') + "\",\"fields\":[{\"name\":\"" +
                      std::string(40, 'f') + R"(","type":"string","unique":true}]}])");
  std::vector<IndexDef> have = indexes_of(schema->collection(std::string(40, 't')));
  ASSERT_EQ(have.size(), 1u);
  EXPECT_TRUE(have[0].name.starts_with("i_"));
  EXPECT_LE(have[0].name.size(), kIdentifierLengthMax);
}

TEST(SchemaIndexes, NamesDoNotClashAcrossTables) {
  auto schema = build(
      R"([{"name":"post","fields":[{"name":"tags_name","type":"string","unique":true},{"name":"state","type":"string","index":true}]},
    {"name":"post_tags","fields":[{"name":"name","type":"string","unique":true}]},{"name":"post_state"}])");
  std::vector<std::string> names;
  for (const char* collection : {"post", "post_tags"}) {
    for (const IndexDef& index : indexes_of(schema->collection(collection))) names.push_back(index.name);
  }
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0], "post_tags_name_uk");
  EXPECT_TRUE(names[1].starts_with("i_")) << "the name of a table: " << names[1];
  EXPECT_TRUE(names[2].starts_with("i_")) << names[2];
}

TEST(SchemaIndexes, NameThatSomethingNewTakesIsFreedFirst) {
  auto before = build(R"([{"name":"post_tags","fields":[{"name":"name","type":"string","unique":true}]}])");
  auto after = build(
      R"([{"name":"post_tags","fields":[{"name":"name","type":"string","unique":true}]},
    {"name":"post","fields":[{"name":"tags_name","type":"string","unique":true}]}])");
  const std::vector<IndexDef> was = indexes_of(before->collection("post_tags"));
  const std::vector<IndexDef> is = indexes_of(after->collection("post_tags"));
  ASSERT_EQ(was.size(), 1u);
  EXPECT_EQ(was[0].name, "post_tags_name_uk");
  EXPECT_NE(is.at(0).name, was[0].name);
  EXPECT_EQ(indexes_of(after->collection("post")).at(0).name, was[0].name);
}

TEST(SchemaTrees, HaveACollectionOfTheirPaths) {
  auto schema = build(
      R"([{"name":"cats","tree":"adjacencyList","fields":[{"name":"parent","type":"belongsTo","target":"cats","foreignKey":"parentId","treeParent":true}]},
    {"name":"plain"}])");
  const Collection& paths = schema->collection("main_cats_path");
  EXPECT_EQ(paths.field("nodePk").type, FieldType::big_int);
  EXPECT_EQ(paths.field("path").column_def().length, 1024);
  EXPECT_EQ(paths.primary_key(), nullptr);
  EXPECT_EQ(schema->find("main_plain_path"), nullptr);
  EXPECT_EQ(schema->collection("cats").tree_parent_key()->name, "parentId");
}

TEST(SchemaInheritance, FieldsAndReferencesGoDown) {
  auto schema = build(
      R"([{"name":"comments","fields":[{"name":"person","type":"belongsTo","target":"people","foreignKey":"personId","onDelete":"CASCADE"}]},
    {"name":"people","fields":[{"name":"name","type":"string"}]},
    {"name":"students","inherits":["people"],"timestamps":false,"fields":[{"name":"school","type":"string"}]},
    {"name":"pupils","inherits":["students"],"timestamps":false,"fields":[{"name":"name","type":"string","title":"Pupil"}]}])",
      {"", false, true});
  const Collection& pupils = schema->collection("pupils");
  EXPECT_TRUE(pupils.field("id").inherited && pupils.field("school").inherited &&
              pupils.field("name").inherited);
  EXPECT_EQ(pupils.field("name").label(), "Pupil");
  EXPECT_EQ(pupils.generation, 2);
  EXPECT_EQ(pupils.filter_target_key, std::vector<std::string>{"id"});
  EXPECT_EQ(schema->references("pupils").size(), schema->references("people").size());
  EXPECT_EQ(schema->collection("people").descendants, (std::vector<std::string>{"pupils", "students"}));
}

TEST(SchemaInheritance, OtherTypeIsAConflictAndACycleNone) {
  auto schema = build(
      R"([{"name":"people","inherits":["students"],"fields":[{"name":"name","type":"string"}]},
    {"name":"students","inherits":["people"],"fields":[{"name":"name","type":"integer"}]}])",
      {"", false, true});
  int conflicts = 0;
  for (const char* name : {"people", "students"}) {
    try {
      check_inherited(*schema, schema->collection(name));
    } catch (const Error&) {
      ++conflicts;
    }
  }
  EXPECT_EQ(conflicts, 1);
}

TEST(SchemaInheritance, NothingIsInheritedWhereTheDatabaseCannot) {
  auto schema = build(
      R"([{"name":"people","fields":[{"name":"name","type":"string"}]},{"name":"students","inherits":["people"]}])");
  EXPECT_EQ(schema->collection("students").find("name"), nullptr);
  EXPECT_TRUE(schema->collection("people").descendants.empty());
}

}  // namespace
}  // namespace flotilla::data
