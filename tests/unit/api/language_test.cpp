#include "api/actions/language.hpp"

#include <gtest/gtest.h>

namespace flotilla::api {
namespace {

const Json kEnabled = json::parse(R"(["en-US","zh-CN","de-DE"])");

TEST(Language, WhatIsAskedForWinsWhenEnabled) {
  EXPECT_EQ(choose_language(&kEnabled, "zh-CN", "de-DE", "fr-FR"), "zh-CN");
  EXPECT_EQ(choose_language(&kEnabled, "xx", "de-DE", "fr-FR"), "de-DE");
  EXPECT_EQ(choose_language(&kEnabled, "xx", "yy", "fr-FR"), "en-US");
  EXPECT_EQ(choose_language(&kEnabled, "", "", "fr-FR"), "en-US");
}

TEST(Language, FallsBackWhenNothingIsEnabled) {
  const Json none = JsonArray();
  const Json strange = json::parse(R"([null, 1, ""])");
  const Json text = "zh-CN";
  EXPECT_EQ(choose_language(nullptr, "zh-CN", "", "fr-FR"), "fr-FR");
  EXPECT_EQ(choose_language(&none, "zh-CN", "", "fr-FR"), "fr-FR");
  EXPECT_EQ(choose_language(&strange, "", "", "fr-FR"), "fr-FR");
  EXPECT_EQ(choose_language(&text, "zh-CN", "", "fr-FR"), "fr-FR");
}

}  // namespace
}  // namespace flotilla::api
