#include "base/dotenv.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace flotilla {
namespace {

using Lines = std::map<std::string, std::string>;

TEST(Dotenv, ReadsPlainLines) {
  EXPECT_EQ(parse_dotenv("A=1\nB = two words  \nC=\n"), (Lines{{"A", "1"}, {"B", "two words"}, {"C", ""}}));
}

TEST(Dotenv, TakesExportColonAndByteOrderMark) {
  EXPECT_EQ(parse_dotenv("\xef\xbb\xbf"
                         "export A=1\nB: 2\nexport=3\n"),
            (Lines{{"A", "1"}, {"B", "2"}, {"export", "3"}}));
}

TEST(Dotenv, TakesWindowsLineEnds) {
  EXPECT_EQ(parse_dotenv("A=1\r\nB=\"two\"\r\n\r\n# note\r\nC=3"),
            (Lines{{"A", "1"}, {"B", "two"}, {"C", "3"}}));
}

TEST(Dotenv, CutsCommentsOutsideQuotesOnly) {
  EXPECT_EQ(parse_dotenv("A=1 # one\nB=\"a#b\" # note\nC='#'\n  # D=4\nE=a#b"),
            (Lines{{"A", "1"}, {"B", "a#b"}, {"C", "#"}, {"E", "a"}}));
}

TEST(Dotenv, ExpandsEscapesInDoubleQuotesOnly) {
  EXPECT_EQ(parse_dotenv("A=\"x\\ny\\r\"\nB='x\\ny'\nC=`x\\ny`\nD=x\\ny"),
            (Lines{{"A", "x\ny\r"}, {"B", "x\\ny"}, {"C", "x\\ny"}, {"D", "x\\ny"}}));
}

TEST(Dotenv, KeepsBlanksInsideQuotes) { EXPECT_EQ(parse_dotenv("A='  x '"), (Lines{{"A", "  x "}})); }

TEST(Dotenv, ReadsQuotedValuesOverLines) {
  EXPECT_EQ(parse_dotenv("KEY=\"line one\r\nline two\"\nA=1"),
            (Lines{{"KEY", "line one\nline two"}, {"A", "1"}}));
}

TEST(Dotenv, LastOfTwoWins) { EXPECT_EQ(parse_dotenv("A=1\nA=2"), (Lines{{"A", "2"}})); }

TEST(Dotenv, KeepsEqualsSignsOfTheValue) { EXPECT_EQ(parse_dotenv("A=b=c=="), (Lines{{"A", "b=c=="}})); }

std::string failure(std::string_view text) {
  try {
    parse_dotenv(text, "my.env");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Dotenv, NamesTheLineItCannotRead) {
  EXPECT_EQ(failure("A=1\n\nnonsense\n"), "my.env line 3: takes NAME=value, a comment, or nothing");
  EXPECT_EQ(failure("=1"), "my.env line 1: takes NAME=value, a comment, or nothing");
  EXPECT_EQ(failure("A=1\nB=\"x\nC=2\n"), "my.env line 2: opens a quote that is never closed");
  EXPECT_EQ(failure("A='x' y"), "my.env line 1: has text after the closing quote");
}

TEST(Dotenv, ErrorsDoNotShowValues) { EXPECT_FALSE(failure("APP_KEY='hunter2").contains("hunter2")); }

}  // namespace
}  // namespace flotilla
