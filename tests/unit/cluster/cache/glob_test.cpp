#include "cluster/cache/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace flotilla::cluster {
namespace {

TEST(Glob, StarsAndQuestionMarks) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*", "anything"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_TRUE(glob_matches("roles:*", "roles:7"));
  EXPECT_FALSE(glob_matches("roles:*", "role:7"));
  EXPECT_TRUE(glob_matches("roles:?:default", "roles:7:default"));
  EXPECT_FALSE(glob_matches("roles:?:default", "roles:77:default"));
  EXPECT_FALSE(glob_matches("?", ""));
  EXPECT_TRUE(glob_matches("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(glob_matches("*a*b", "xxaxxbxx"));
  EXPECT_TRUE(glob_matches("a**", "a"));
  EXPECT_TRUE(glob_matches("*aab", "aaaaab")) << "a star tries again";
}

TEST(Glob, EverythingElseStandsForItself) {
  EXPECT_TRUE(glob_matches("[ab]\\^.", "[ab]\\^."));
  EXPECT_FALSE(glob_matches("[ab]", "a"));
  EXPECT_TRUE(glob_matches("*", "a*b"));
  EXPECT_TRUE(glob_matches("a?b", "a*b"));
}

TEST(Glob, ManyStarsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(glob_matches(pattern + "b", std::string(20'000, 'a')));
}

}  // namespace
}  // namespace flotilla::cluster
