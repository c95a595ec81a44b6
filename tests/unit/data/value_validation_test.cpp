#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "data/value/date_time.hpp"
#include "data/value/text_pattern.hpp"
#include "data/value/validation.hpp"

namespace flotilla::data {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> check(std::string_view type, std::string_view rules, const Json& value) {
  JsonObject validation{{"type", type}, {"rules", json::parse(rules)}};
  return validate(validation, value, "Title", parse_instant("2024-03-04T12:00:00Z", 0));
}
std::vector<std::string> text(std::string_view rules, const Json& value) {
  return check("string", rules, value);
}
std::vector<std::string> number(std::string_view rules, const Json& value) {
  return check("number", rules, value);
}
/// Whether a rule without arguments takes the text.
bool fits(std::string_view rule, std::string_view value) {
  JsonObject validation{{"type", "string"}, {"rules", JsonArray{JsonObject{{"name", rule}}}}};
  return validate(validation, Json(value), "Title").empty();
}

TEST(ValidateText, Length) {
  EXPECT_THAT(text(R"([{"name":"min","args":{"limit":3}}])", "ab"),  // X46
              ElementsAre("\"Title\" length must be at least 3 characters long"));
  EXPECT_THAT(text(R"([{"key":"min","args":{"limit":"3"}}])", "abc"), IsEmpty());
  EXPECT_THAT(text(R"([{"name":"max","args":[2]}])", "abc"),
              ElementsAre("\"Title\" length must be less than or equal to 2 characters long"));
  EXPECT_THAT(text(R"([{"name":"length","args":4}])", "abc"),
              ElementsAre("\"Title\" length must be 4 characters long"));
  EXPECT_THAT(text(R"([{"name":"max","args":{"limit":2}}])", "é😀"),
              ElementsAre(testing::_));  // three UTF-16 units
  EXPECT_THAT(text(R"([{"name":"max","args":{"limit":3}}])", "é😀"), IsEmpty());
  EXPECT_THAT(text(R"([{"name":"max","args":{"limit":3,"encoding":"utf8"}}])", "é😀"),
              ElementsAre(testing::_));
  EXPECT_THAT(text(R"([{"name":"min","args":{"limit":3}}])", 12), ElementsAre(testing::_));  // stored as text
}

TEST(ValidateText, RequiredAndAbsent) {
  const char* required = R"([{"name":"required"},{"name":"min","args":{"limit":3}}])";
  const char* optional = R"([{"name":"min","args":{"limit":3}},{"name":"email"}])";
  EXPECT_THAT(text(required, nullptr), ElementsAre("\"Title\" is required"));
  EXPECT_THAT(text(required, ""), ElementsAre("\"Title\" is not allowed to be empty"));
  EXPECT_THAT(text(optional, nullptr), IsEmpty());
  EXPECT_THAT(text(optional, ""), IsEmpty());
  EXPECT_THAT(text(required, JsonObject{}), ElementsAre("\"Title\" must be a string"));
  EXPECT_THAT(check("object", R"([{"name":"required"}])", nullptr),
              ElementsAre("\"Title\" is required"));  // X48
  EXPECT_THAT(check("any", R"([{"name":"required"}])", nullptr), ElementsAre("\"Title\" is required"));
}

TEST(ValidateText, ReportsEveryRuleThatFails) {
  EXPECT_THAT(
      text(
          R"([{"name":"min","args":{"limit":5}},{"name":"alphanum"},{"name":"nosuch"},{"name":"lowercase"}])",
          "A-"),
      ElementsAre("\"Title\" length must be at least 5 characters long",
                  "\"Title\" must only contain alpha-numeric characters",
                  "\"Title\" must only contain lowercase characters"));
}

TEST(ValidateText, Pattern) {
  const char* digits = R"([{"name":"pattern","args":{"regex":"/^[0-9]+$/"}}])";
  EXPECT_THAT(text(digits, "123"), IsEmpty());
  EXPECT_THAT(text(digits, "12a"),
              ElementsAre("\"Title\" with value \"12a\" fails to match the required pattern: /^[0-9]+$/"));
  EXPECT_THAT(text(digits, "12\n3"), testing::SizeIs(1));
  EXPECT_THAT(text(R"([{"name":"pattern","args":{"regex":"^a","name":"starts with a"}}])", "b"),
              ElementsAre("\"Title\" with value \"b\" fails to match the starts with a pattern"));
  EXPECT_THAT(text(R"([{"name":"pattern","args":{"regex":"^a","invert":true}}])", "a"),
              ElementsAre("\"Title\" with value \"a\" matches the inverted pattern: /^a/"));
  EXPECT_THROW(text(R"([{"name":"pattern","args":{"regex":"([a"}}])", "b"), Error);
  EXPECT_THAT(text(R"([{"name":"pattern","args":{}}])", "b"), IsEmpty());
}

TEST(TextPattern, SpeaksJavaScript) {
  EXPECT_TRUE(TextPattern("/^ABC$/i").matches("abc"));
  EXPECT_FALSE(TextPattern("^b").matches("a\nb"));
  EXPECT_TRUE(TextPattern("/^b/m").matches("a\nb"));
  EXPECT_FALSE(TextPattern("^a.b$").matches("a\nb"));
  EXPECT_TRUE(TextPattern("^[\\u4e00-\\u9fa5]{2}$").matches("中文"));
  EXPECT_TRUE(TextPattern("^\\u{1f600}$").matches("😀"));
  EXPECT_TRUE(TextPattern("^.$").matches("😀"));
  EXPECT_TRUE(TextPattern("^(?=.*\\d)(?=.*[a-z]).{4,}$").matches("abc1"));
  EXPECT_FALSE(TextPattern("^(?=.*\\d)(?=.*[a-z]).{4,}$").matches("abcd"));
  EXPECT_TRUE(TextPattern("^(?:\\+?86)?1[3-9]\\d{9}$").matches("13800138000"));
  EXPECT_TRUE(TextPattern("a/b").matches("xa/by"));
}

TEST(TextPattern, BoundsItsWork) {
  const TextPattern evil("^(a+)+$");
  EXPECT_THROW(evil.matches(std::string(40, 'a') + "!"), Error);
  EXPECT_TRUE(TextPattern("^(?:a|b)*$").matches(std::string(200'000, 'a')));
  EXPECT_THROW(TextPattern(std::string(kPatternLengthMax + 1, 'a')), Error);
  EXPECT_THROW(TextPattern("*"), Error);
  EXPECT_THROW(TextPattern(std::string(1500, '(')), Error);
  EXPECT_FALSE(TextPattern("^a$").matches("\xff\xfe\xf0"));
}

TEST(ValidateText, Email) {
  for (const char* good :
       {"a@b.co", "first.last+tag@sub.example.com", "o'hara@example.org", "用户@例子.广告"})
    EXPECT_TRUE(fits("email", good)) << good;
  for (const char* bad : {"a", "a@", "@b.co", "a@b", "a@@b.co", "a b@c.de", ".a@b.co", "a.@b.co", "a..b@c.de",
                          "a@-b.co", "a@b..co", "a@b.123", "a@b.co\n"})
    EXPECT_FALSE(fits("email", bad)) << bad;
  EXPECT_FALSE(fits("email", std::string(65, 'a') + "@b.co"));
  EXPECT_THAT(text(R"([{"name":"email","args":{"multiple":true}}])", "a@b.co, c@d.eu"), IsEmpty());
}

TEST(ValidateText, Uri) {
  for (const char* good : {"http://example.com", "https://a.b/c?d=e#f", "mailto:a@b.c", "ftp://u:p@h:21/x",
                           "http://[::1]:80/", "urn:isbn:1", "file:///etc/x", "https://a/%20"})
    EXPECT_TRUE(fits("uri", good)) << good;
  for (const char* bad : {"example.com", "http://", "http:///x", "http:", "://x", "1http://x", "http://a b",
                          "http://a/%2", "http://[::1", "http://a#b#c", "http://a:port/", "http://ä"})
    EXPECT_FALSE(fits("url", bad)) << bad;
  const char* https = R"([{"name":"uri","args":{"scheme":["https","ftp"]}}])";
  EXPECT_THAT(text(https, "HTTPS://a"), IsEmpty());
  EXPECT_THAT(text(https, "http://a"),
              ElementsAre("\"Title\" must be a valid uri with a scheme matching the https|ftp pattern"));
  EXPECT_THAT(text(R"([{"name":"uri","args":{"allowRelative":true}}])", "/a/b?c"), IsEmpty());
}

TEST(ValidateText, OtherShapes) {
  EXPECT_TRUE(fits("uuid", "e1969d4e-6b9f-4ba1-b509-2338f94f9168"));
  EXPECT_FALSE(fits("guid", "e1969d4e-6b9f-4ba1-b509-2338f94f916"));
  EXPECT_FALSE(fits("uuid", "e1969d4e-6b9f-4ba1-b509-2338f94f916g"));
  EXPECT_THAT(
      text(R"([{"name":"guid","args":{"version":["uuidv4"]}}])", "e1969d4e-6b9f-4ba1-b509-2338f94f9168"),
      IsEmpty());
  EXPECT_THAT(
      text(R"([{"name":"guid","args":{"version":"uuidv7"}}])", "e1969d4e-6b9f-4ba1-b509-2338f94f9168"),
      ElementsAre("\"Title\" must be a valid GUID"));
  EXPECT_TRUE(fits("ip", "10.0.0.1/8") && fits("ip", "::1") && fits("ip", "fe80::/10"));
  EXPECT_FALSE(fits("ip", "10.0.0.1/33") || fits("ip", "10.0.0") || fits("ip", "10.0.0.256") ||
               fits("ip", "1.2.3.4/"));
  EXPECT_TRUE(fits("domain", "a.example"));
  EXPECT_FALSE(fits("domain", "localhost"));
  EXPECT_TRUE(fits("hostname", "localhost") && fits("hostname", "10.0.0.1"));
  EXPECT_FALSE(fits("hostname", "a_b"));
  EXPECT_TRUE(fits("hex", "00ffAA") && fits("token", "a_1") && fits("alphanum", "a1"));
  EXPECT_FALSE(fits("hex", "0x") || fits("token", "a-1") || fits("alphanum", "a_1"));
  EXPECT_FALSE(fits("lowercase", "aB") || fits("uppercase", "aB") || fits("trim", " a"));
  EXPECT_TRUE(fits("lowercase", "ab1") && fits("uppercase", "AB1") && fits("trim", "a b"));
}

TEST(ValidateNumber, Bounds) {
  EXPECT_THAT(number(R"([{"name":"min","args":{"limit":1.5}}])", 1),
              ElementsAre("\"Title\" must be greater than or equal to 1.5"));
  EXPECT_THAT(number(R"([{"name":"max","args":{"limit":10}}])", "11"),
              ElementsAre("\"Title\" must be less than or equal to 10"));
  EXPECT_THAT(number(R"([{"name":"greater","args":{"limit":5}}])", 5),
              ElementsAre("\"Title\" must be greater than 5"));
  EXPECT_THAT(number(R"([{"name":"less","args":{"limit":5}}])", 5),
              ElementsAre("\"Title\" must be less than 5"));
  EXPECT_THAT(number(R"([{"name":"min","args":{"limit":0}},{"name":"max","args":{"limit":0}}])", 0),
              IsEmpty());
}

TEST(ValidateNumber, Kinds) {
  EXPECT_THAT(number(R"([{"name":"integer"}])", 1.5), ElementsAre("\"Title\" must be an integer"));
  EXPECT_THAT(number(R"([{"name":"integer"},{"name":"unsafe"}])", "9223372036854775807"), IsEmpty());
  EXPECT_THAT(number(R"([{"name":"positive"}])", 0), ElementsAre("\"Title\" must be a positive number"));
  EXPECT_THAT(number(R"([{"name":"negative"}])", 0), ElementsAre("\"Title\" must be a negative number"));
  EXPECT_THAT(number(R"([{"name":"multiple","args":{"base":0.1}}])", 0.3), IsEmpty());
  EXPECT_THAT(number(R"([{"name":"multiple","args":{"base":5}}])", 12),
              ElementsAre("\"Title\" must be a multiple of 5"));
  EXPECT_THAT(number(R"([{"name":"multiple","args":{"base":0}}])", 12), IsEmpty());
  EXPECT_THAT(number(R"([{"name":"port"}])", 70000), ElementsAre("\"Title\" must be a valid port"));
  for (const Json& bad :
       {Json("abc"), Json(""), Json("1x"), Json(true), Json("NaN"), Json("inf"), Json(JsonArray{})})
    EXPECT_THAT(number(R"([{"name":"min","args":{"limit":0}}])", bad),
                ElementsAre("\"Title\" must be a number"));
}

TEST(ValidateNumber, PrecisionCountsWhatIsWritten) {  // X47
  const char* two = R"([{"name":"precision","args":{"limit":2}}])";
  EXPECT_THAT(number(two, "1.230"), ElementsAre("\"Title\" must have no more than 2 decimal places"));
  EXPECT_THAT(number(two, "1.23"), IsEmpty());
  EXPECT_THAT(number(two, 1.234), testing::SizeIs(1));
  EXPECT_THAT(number(two, 1e-7), testing::SizeIs(1));
  EXPECT_THAT(number(two, 1e20), IsEmpty());
  EXPECT_THAT(number(two, "1.5e1"), IsEmpty());
  EXPECT_THAT(number(two, 7), IsEmpty());
}

TEST(ValidateOther, Dates) {
  EXPECT_THAT(check("date", R"([{"name":"min","args":{"date":"2024-01-01"}}])", "2023-12-31T23:59:59.999Z"),
              ElementsAre("\"Title\" must be greater than or equal to \"2024-01-01T00:00:00.000Z\""));
  EXPECT_THAT(check("date", R"([{"name":"max","args":{"date":"now"}}])", "2024-03-04T12:00:00.001Z"),
              ElementsAre("\"Title\" must be less than or equal to \"2024-03-04T12:00:00.000Z\""));
  EXPECT_THAT(check("date", R"([{"name":"greater","args":{"date":"now"}}])", "2024-03-04T12:00:00.001Z"),
              IsEmpty());
  EXPECT_THAT(check("date", R"([{"name":"iso"}])", "2024-02-30"),
              ElementsAre("\"Title\" must be a valid date"));
  EXPECT_THAT(check("date", R"([{"name":"iso"}])", 1),
              ElementsAre("\"Title\" must be in ISO 8601 date format"));
  EXPECT_THAT(check("date", R"([{"name":"min","args":{"date":"whenever"}}])", 1), IsEmpty());
}

TEST(ValidateOther, ListsObjectsBooleans) {
  EXPECT_THAT(check("array", R"([{"name":"min","args":{"limit":2}}])", JsonArray{1}),
              ElementsAre("\"Title\" must contain at least 2 items"));
  EXPECT_THAT(check("array", R"([{"name":"max","args":{"limit":0}}])", JsonArray{1}),
              ElementsAre("\"Title\" must contain less than or equal to 0 items"));
  EXPECT_THAT(check("array", R"([{"name":"length","args":{"limit":1}}])", JsonArray{1}), IsEmpty());
  EXPECT_THAT(check("array", R"([{"name":"required"}])", "x"), ElementsAre("\"Title\" must be an array"));
  EXPECT_THAT(check("object", R"([{"name":"required"}])", 5), IsEmpty());
  EXPECT_THAT(check("object", R"([{"name":"min","args":{"limit":1}}])", JsonObject{}),
              ElementsAre("\"Title\" must have at least 1 keys"));
  EXPECT_THAT(check("boolean", R"([{"name":"required"}])", "maybe"),
              ElementsAre("\"Title\" must be a boolean"));
  EXPECT_THAT(text(R"([{"name":"valid","args":{"values":["a","b"]}}])", "c"),
              ElementsAre("\"Title\" must be one of [a, b]"));
  EXPECT_THAT(text(R"([{"name":"invalid","args":["c"]}])", "c"),
              ElementsAre("\"Title\" contains an invalid value"));
}

TEST(ValidateOther, ShapelessOptionsAreIgnored) {
  for (
      const char* validation :
      {R"({})", R"({"type":"string"})", R"({"type":"string","rules":{}})", R"({"rules":[null,1,{}]})",
       R"({"type":"string","rules":[{"name":"min"},{"name":"min","args":null},{"name":"max","args":{}},{"name":"length","args":{"limit":"x"}}]})",
       R"({"type":"nosuch","rules":[{"name":"min","args":{"limit":9}}]})"}) {
    EXPECT_THAT(validate(json::parse(validation).as_object(), Json("a"), "Title"), IsEmpty()) << validation;
  }
}

}  // namespace
}  // namespace flotilla::data
