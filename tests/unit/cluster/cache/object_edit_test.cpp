#include "cluster/cache/object_edit.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace flotilla::cluster {
namespace {

TEST(ObjectEdit, SetsReplacesAndRemoves) {
  EXPECT_EQ(edited_object({}, "k", "a", "1"), R"({"a":1})");
  EXPECT_EQ(edited_object(R"({"a":1})", "k", "b", R"({"c":[]})"), R"({"a":1,"b":{"c":[]}})");
  EXPECT_EQ(edited_object(R"({"a":1})", "k", "a", "null"), R"({"a":null})");
  EXPECT_EQ(edited_object(R"({"a":1})", "k", "a", {}), "{}");
}

TEST(ObjectEdit, NothingToRemoveIsNoChange) {
  EXPECT_EQ(edited_object(R"({"a":1})", "k", "b", {}), std::nullopt);
  EXPECT_EQ(edited_object({}, "k", "b", {}), std::nullopt);
}

TEST(ObjectEdit, RefusesWhatIsNoObjectAndNamesTheKey) {
  for (const char* text : {"1", "[]", "null", "not json", ""}) {
    try {
      edited_object(text, "main:k", "a", "1");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
      EXPECT_NE(std::string(error.what()).find("main:k"), std::string::npos);
    }
  }
  EXPECT_THROW(edited_object({}, "k", "a", "not json"), Error);
}

}  // namespace
}  // namespace flotilla::cluster
