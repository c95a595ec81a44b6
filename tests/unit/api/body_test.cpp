#include "api/body.hpp"

#include <gtest/gtest.h>

#include <string>

#include "api/json_text.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

Json json_body(std::string_view text) { return parse_body("application/json", text); }

std::string refusal(std::string_view type, std::string_view text, int status = 400) {
  try {
    parse_body(type, text);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), status);
    return error.what();
  }
  return "accepted";
}

TEST(Body, JsonObjectsAndArraysOnly) {
  EXPECT_EQ(json_body(R"( {"a":[1,"x",null]} )"), json::parse(R"({"a":[1,"x",null]})"));
  EXPECT_EQ(json_body("[1]"), json::parse("[1]"));
  for (std::string_view text : {"\"str\"", "null", "5", "   ", "x"})
    EXPECT_EQ(refusal("application/json", text), "invalid JSON, only supports object and array") << text;
}

TEST(Body, NoBodyIsAnEmptyObject) {
  for (std::string_view type : {"", "application/json", "text/plain", "application/x-www-form-urlencoded"})
    EXPECT_EQ(parse_body(type, ""), json::parse("{}"));
}

TEST(Body, LoneSurrogatesBecomeReplacementCharacters) {
  EXPECT_EQ(json_body(R"({"t":"a\ud800b"})").at("t"), Json("a\uFFFDb"));
  EXPECT_EQ(json_body(R"({"t":"\udc00\ud83d\ude00\uD800"})").at("t"), Json("\uFFFD😀\uFFFD"));
  EXPECT_EQ(json_body(R"({"t":"\ud800A\\ud800"})").at("t"), Json("\uFFFDA\\ud800"));
}

TEST(Body, LastOfDuplicateKeysWins) { EXPECT_EQ(json_body(R"({"a":1,"a":2})"), json::parse(R"({"a":2})")); }

TEST(Body, NulCharactersAndByteOrderMarksAreTaken) {
  EXPECT_EQ(json_body("\xEF\xBB\xBF{\"a\":\"x\\u0000y\"}").at("a").get_string().size(), 3u);
}

TEST(Body, FaultsSayWhatAndWhere) {
  EXPECT_EQ(refusal("application/json", R"({"title": "x")"),
            "Expected ',' or '}' after property value in JSON at position 13");
  EXPECT_EQ(refusal("application/json", "{"), "Expected property name or '}' in JSON at position 1");
  EXPECT_EQ(refusal("application/json", R"({"a" 1})"),
            "Expected ':' after property name in JSON at position 5");
  EXPECT_EQ(refusal("application/json", R"({"a":1,})"),
            "Expected double-quoted property name in JSON at position 7");
  EXPECT_EQ(refusal("application/json", "[1 2]"),
            "Expected ',' or ']' after array element in JSON at position 3");
  EXPECT_EQ(refusal("application/json", "[1,]"), "Unexpected token ']' in JSON at position 3");
  EXPECT_EQ(refusal("application/json", "["), "Unexpected end of JSON input");
  EXPECT_EQ(refusal("application/json", "[1] x"),
            "Unexpected non-whitespace character after JSON at position 4");
  EXPECT_EQ(refusal("application/json", "[\"a"), "Unterminated string in JSON at position 3");
  EXPECT_EQ(refusal("application/json", "[\"\\"), "Unterminated string in JSON at position 3");
  EXPECT_EQ(refusal("application/json", "[\"\n\"]"),
            "Bad control character in string literal in JSON at position 2");
  EXPECT_EQ(refusal("application/json", R"(["\x"])"), "Bad escaped character in JSON at position 3");
  EXPECT_EQ(refusal("application/json", R"(["\u12g4"])"), "Bad Unicode escape in JSON at position 6");
  EXPECT_EQ(refusal("application/json", "[-]"), "No number after minus sign in JSON at position 2");
  EXPECT_EQ(refusal("application/json", "[1.]"), "Unterminated fractional number in JSON at position 3");
  EXPECT_EQ(refusal("application/json", "[1e]"), "Exponent part is missing a number in JSON at position 3");
  EXPECT_EQ(refusal("application/json", "[01]"), "Unexpected number in JSON at position 2");
}

TEST(Body, Limits) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_NO_THROW(json_body(nested(kJsonDepthMax)));
  EXPECT_EQ(refusal("application/json", nested(kJsonDepthMax + 1)), "JSON is nested deeper than 256 levels");
  EXPECT_EQ(refusal("application/json", std::string(1'000'000, '[')),
            "JSON is nested deeper than 256 levels");
  EXPECT_EQ(refusal("application/json", R"({"a":[1e999]})"),
            "JSON contains a number beyond the range of a double");
  EXPECT_EQ(refusal("application/json", "{\"a\":\"\xff\"}"), "JSON text is not valid UTF-8");
}

TEST(Body, OtherTypes) {
  EXPECT_EQ(parse_body("application/x-www-form-urlencoded", "account=nocobase&password=a%2Bb+c"),
            json::parse(R"({"account":"nocobase","password":"a+b c"})"));
  EXPECT_EQ(parse_body("text/plain; charset=UTF-8", "{\"title\":1}"), Json("{\"title\":1}"));
  EXPECT_EQ(parse_body("application/vnd.api+json", "[1]"), json::parse("[1]"));
  EXPECT_EQ(parse_body("application/xml", "<a/>"), json::parse("{}"));
  EXPECT_EQ(parse_body("multipart/form-data; boundary=x", "--x"), json::parse("{}"));
  EXPECT_EQ(parse_body("", "{}x"), json::parse("{}"));
  EXPECT_EQ(refusal("application/json; charset=utf-16", "{}", 415).substr(0, 19), "unsupported charset");
  EXPECT_EQ(refusal("text/plain", "\xff"), "text body is not valid UTF-8");
}

TEST(ContentType, Parameters) {
  ContentType content =
      parse_content_type(R"(Multipart/Form-Data ; x; charset="UTF-8"; boundary="a\"b;c" ; y=1)");
  EXPECT_EQ(content.type, "multipart/form-data");
  EXPECT_EQ(content.charset, "utf-8");
  EXPECT_EQ(content.boundary, "a\"b;c");
  EXPECT_EQ(parse_content_type("text/html;boundary=\"open").boundary, "open");
  EXPECT_EQ(parse_content_type(";;;=;").type, "");
}

}  // namespace
}  // namespace flotilla::api
