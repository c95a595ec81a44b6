#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/model/metadata.hpp"
#include "data/schema/fingerprint.hpp"
#include "data/schema/table_changes.hpp"

namespace flotilla::data {
namespace {

using Kind = TableChange::Kind;

/// A schema with one collection, or none, beside the built-in ones.
std::shared_ptr<const Schema> schema(const char* collection) {
  Metadata metadata;
  const Json given = json::parse(collection);
  if (given.is_object()) {
    JsonObject row = given.get_object();
    for (const Json& field : row["fields"].as_array()) metadata.fields["posts"].push_back(field.as_object());
    row.erase("fields");
    row["name"] = "posts";
    row["timestamps"] = false;
    metadata.collections.push_back(row);
  }
  return build_schema(metadata, {}, 1);
}

std::vector<std::string> changes(const char* from, const char* to) {
  static constexpr const char* kWords[] = {"+column ", "-column ", "+index ", "-index ", "-table "};
  std::vector<std::string> out;
  for (const TableChange& change : table_changes(*schema(from), *schema(to)))
    out.push_back(kWords[static_cast<int>(change.kind)] + (change.kind == Kind::drop_table ? change.table
                                                           : change.column.name.empty()
                                                               ? change.index.name
                                                               : change.column.name));
  return out;
}

constexpr const char* kPlain = R"({"fields":[{"name":"a","type":"string"},{"name":"b","type":"string"}]})";

TEST(TableChanges, WhatIsNewOrGoneIsEmptyForATable) {
  EXPECT_THAT(changes("null", kPlain), ::testing::IsEmpty());
  EXPECT_THAT(changes(kPlain, kPlain), ::testing::IsEmpty());
  EXPECT_EQ(changes(kPlain, "null"), std::vector<std::string>{"-table posts"});
}

TEST(TableChanges, ColumnsAndIndexes) {
  EXPECT_EQ(
      changes(
          kPlain,
          R"({"fields":[{"name":"a","type":"string","unique":true},{"name":"c","type":"integer","index":true}]})"),
      (std::vector<std::string>{"+column c", "-column b", "+index posts_a_uk", "+index posts_c"}));
  EXPECT_EQ(changes(R"({"fields":[{"name":"a","type":"string","index":true}]})",
                    R"({"fields":[{"name":"a","type":"string","unique":true}]})"),
            (std::vector<std::string>{"+index posts_a_uk", "-index posts_a"}));
}

TEST(TableChanges, IndexesOfSeveralFieldsKnowTheirFields) {
  const auto with = schema(R"({"indexes":[{"unique":true,"fields":["a","b"]}],
      "fields":[{"name":"a","type":"string"},{"name":"b","type":"string","field":"b_column"}]})");
  const auto found = table_changes(*schema(kPlain), *with);
  ASSERT_FALSE(found.empty());
  const TableChange& index = found.back();
  EXPECT_TRUE(index.index.unique);
  EXPECT_EQ(fields_of(with->collection("posts"), index.index), (std::vector<std::string>{"a", "b"}));
}

TEST(Fingerprint, SaysWhatIsServedNotWhen) {
  EXPECT_EQ(fingerprint(*schema(kPlain)).size(), 16u);
  EXPECT_EQ(fingerprint(*schema(kPlain)), fingerprint(*schema(kPlain)));
  EXPECT_NE(fingerprint(*schema(kPlain)), fingerprint(*schema("null")));
  EXPECT_NE(fingerprint(*schema(kPlain)),
            fingerprint(*schema(
                R"({"fields":[{"name":"a","type":"string","title":"A"},{"name":"b","type":"string"}]})")));
  Metadata none;
  EXPECT_EQ(fingerprint(*build_schema(none, {}, 1)), fingerprint(*build_schema(none, {}, 2)));
}

}  // namespace
}  // namespace flotilla::data
