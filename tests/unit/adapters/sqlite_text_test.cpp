// The pure parts: folding of case, LIKE patterns.
#include <gtest/gtest.h>

#include <stdexcept>

#include "adapters/sqlite/case_fold.hpp"
#include "adapters/sqlite/like_pattern.hpp"

namespace flotilla::sqlite {
namespace {

TEST(CaseFoldTest, FoldsCapitalsOfSeveralAlphabets) {
  const std::pair<char32_t, char32_t> pairs[] = {
      {U'A', U'a'}, {U'Z', U'z'}, {U'Ä', U'ä'}, {U'Þ', U'þ'},   {U'Ÿ', U'ÿ'}, {U'Ł', U'ł'}, {U'Ž', U'ž'},
      {U'Ơ', U'ơ'}, {U'Σ', U'σ'}, {U'ς', U'σ'}, {U'Ώ', U'ώ'},   {U'Я', U'я'}, {U'Ё', U'ё'}, {U'Ґ', U'ґ'},
      {U'Ա', U'ա'}, {U'ẞ', U'ß'}, {U'Ế', U'ế'}, {U'Ａ', U'ａ'}, {U'K', U'k'}};
  for (auto [capital, small] : pairs) {
    EXPECT_EQ(fold_case(capital), small) << std::hex << static_cast<unsigned>(capital);
    EXPECT_EQ(fold_case(small), small) << std::hex << static_cast<unsigned>(small);
  }
  for (char32_t same : {U'@', U'[', U'×', U'÷', U'漢', U'ß', U'😀'}) EXPECT_EQ(fold_case(same), same);
}

TEST(CaseFoldTest, FoldingTwiceChangesNothing) {
  for (char32_t c = 0; c < 0x20000; ++c)
    ASSERT_EQ(fold_case(fold_case(c)), fold_case(c)) << std::hex << static_cast<unsigned>(c);
}

TEST(CaseFoldTest, ReadsUtf8AndStrayBytes) {
  for (std::string_view text : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                "\xF8", "\xE2\x82", "\xC3("}) {
    std::size_t at = 0;
    EXPECT_GT(next_code_point(text, at), 0x10FFFFu);
    EXPECT_EQ(at, 1u);
  }
  std::size_t at = 0;
  EXPECT_EQ(next_code_point("\xF0\x9F\x98\x80", at), U'😀');
  EXPECT_EQ(at, 4u);
}

bool like(std::string_view text, std::string_view pattern, bool ignore_case = false) {
  return LikePattern(pattern, ignore_case).matches(text);
}

TEST(LikePatternTest, Wildcards) {
  EXPECT_TRUE(like("", ""));
  EXPECT_TRUE(like("", "%"));
  EXPECT_FALSE(like("a", ""));
  EXPECT_FALSE(like("", "_"));
  EXPECT_TRUE(like("abcabd", "%ab_"));
  EXPECT_TRUE(like("abcabd", "a%%b%d"));
  EXPECT_FALSE(like("abcabd", "%abc"));
  EXPECT_TRUE(like("aaaaab", "%aab"));
  EXPECT_TRUE(like("mississippi", "%iss%ip%i"));
  EXPECT_FALSE(like("mississippi", "%iss%ipp"));
  EXPECT_TRUE(like("é😀", "__")) << "one character, not one byte";
  EXPECT_TRUE(like("\xff\xfe", "__"));
  EXPECT_FALSE(like("\xff", "\xfe"));
}

TEST(LikePatternTest, BackslashTakesTheNextLiterally) {
  EXPECT_TRUE(like("100%", "100\\%"));
  EXPECT_FALSE(like("1000", "100\\%"));
  EXPECT_TRUE(like("a_b", "a\\_b"));
  EXPECT_FALSE(like("axb", "a\\_b"));
  EXPECT_TRUE(like("a\\b", "a\\\\b"));
  EXPECT_TRUE(like("a\\", "a\\")) << "alone at the end it is itself";
}

TEST(LikePatternTest, ManyWildcardsStayCheap) {
  std::string pattern;
  for (int i = 0; i < 1'000; ++i) pattern += "%a";
  EXPECT_FALSE(like(std::string(20'000, 'a') + "b", pattern + "%c"));
  EXPECT_THROW(LikePattern(std::string(LikePattern::kMaxBytes + 1, 'a'), true), std::invalid_argument);
}

}  // namespace
}  // namespace flotilla::sqlite
