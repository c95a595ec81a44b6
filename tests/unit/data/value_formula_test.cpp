#include <gtest/gtest.h>

#include <random>

#include "base/error.hpp"
#include "data/value/formula.hpp"

namespace flotilla::data {
namespace {

const Json& record() {
  static const Json kRecord =
      json::parse(R"({"a":7,"b":2.5,"text":"x y","price":"9.99","none":null,"yes":true,
      "author":{"age":30},"items":[{"price":1.5,"n":2},{"price":"2.5","n":null}],"a.b":1,"evil":"1) + (2"})");
  return kRecord;
}

Json with(std::string_view engine, std::string_view expression) {
  return evaluate_formula(engine, expression, [](std::string_view path) { return value_at(record(), path); });
}
std::string math(std::string_view expression) { return json::dump(with("math.js", expression)); }
std::string excel(std::string_view expression) { return json::dump(with("formula.js", expression)); }

TEST(Formula, AsRecorded) {
  EXPECT_EQ(
      formula_value(json::parse(R"({"engine":"math.js","dataType":"double","expression":"{{f_integer}}*2"})")
                        .as_object(),
                    {{"f_integer", 7}}),
      14);
}

TEST(Formula, Arithmetic) {
  EXPECT_EQ(math("1 + 2 * 3 - 4 / 2"), "5");
  EXPECT_EQ(math("(1 + 2) * 3"), "9");
  EXPECT_EQ(math("2 ^ 3 ^ 2"), "512");
  EXPECT_EQ(math("-2 ^ 2"), "-4");
  EXPECT_EQ(math("2 ^ -1"), "5E-1");
  EXPECT_EQ(math("7 % 3 + 7 mod 4"), "4");
  EXPECT_EQ(math("-7 % 3"), "2");
  EXPECT_EQ(math("--3 + +2"), "5");
  EXPECT_EQ(with("math.js", "0.1 + 0.2"), 0.3);
  EXPECT_EQ(with("math.js", "10 / 3"), 3.333333333);
  EXPECT_EQ(math(".5 * 4"), "2");
  EXPECT_EQ(math("1e3"), "1000");
}

TEST(Formula, FieldsAreValues) {
  EXPECT_EQ(math("{{a}} * {{ b }}"), "1.75E1");
  EXPECT_EQ(math("{{price}} * 100"), "999");
  EXPECT_EQ(math("{{author.age}} + 1"), "31");
  EXPECT_EQ(math("{{a.b}}"), "1");
  EXPECT_EQ(math("sum({{items.price}}) + count({{items.n}})"), "5");
  EXPECT_THROW(math("{{evil}} * 2"), Error);  // it is a text, not part of the expression
  EXPECT_EQ(formula_paths("{{a}} + {{ b.c }} * {{a}} {{"), (std::vector<std::string>{"a", "b.c"}));
}

TEST(Formula, NullsAndWhatIsNotFinite) {
  EXPECT_EQ(math("{{none}} * 2"), "null");
  EXPECT_EQ(math("2 - {{nosuch}}"), "null");
  EXPECT_EQ(math("-{{none}}"), "null");
  EXPECT_EQ(math("sum({{none}}, 2)"), "2");
  EXPECT_EQ(math("avg({{none}})"), "null");
  EXPECT_EQ(math("1 / 0"), "null");
  EXPECT_EQ(math("sqrt(-1)"), "null");
  EXPECT_EQ(math("10 ^ 400"), "null");
  EXPECT_EQ(math("round({{none}}, 2)"), "null");
}

TEST(Formula, ComparisonAndLogic) {
  EXPECT_EQ(math("{{a}} > 5 and {{b}} <= 2.5"), "true");
  EXPECT_EQ(math("1 == 2 or not false"), "true");
  EXPECT_EQ(math("{{a}} != 7 ? 'no' : 'yes'"), "\"yes\"");
  EXPECT_EQ(math("1 < 2 ? 3 < 2 ? 'a' : 'b' : 'c'"), "\"b\"");
  EXPECT_EQ(excel("!({{a}} === 7) || {{yes}} && 'x' !== 'y'"), "true");
  EXPECT_EQ(math("\"10\" > \"9\""), "true");
  EXPECT_EQ(math("'b' > 'a'"), "true");
  EXPECT_EQ(math("{{none}} == null"), "true");
  EXPECT_EQ(math("{{none}} == 0"), "false");
  EXPECT_EQ(excel("IF({{a}} >= 7, \"big\", \"small\")"), "\"big\"");
  EXPECT_EQ(excel("IFS(1 > 2, 'a', 2 > 1, 'b')"), "\"b\"");
  EXPECT_EQ(excel("AND(1, 0) || OR(0, 1)"), "true");
}

TEST(Formula, Functions) {
  EXPECT_EQ(math("abs(-3) + ceil(1.2) + floor(1.8) + sqrt(16) + pow(2, 3)"), "18");
  EXPECT_EQ(with("math.js", "round(1.005, 2)"), 1.01);
  EXPECT_EQ(math("round(-2.5)"), "-3");
  EXPECT_EQ(math("round(1234, -2)"), "1200");
  EXPECT_EQ(math("min(3, 1, 2) + max(1, 5) + median(1, 9, 3)"), "9");
  EXPECT_EQ(excel("SUM(1, 2, \"3\") + AVERAGE(2, 4)"), "9");
  EXPECT_EQ(with("math.js", "pi"), 3.141592654);
  EXPECT_EQ(math("log(8, 2) + ln(e) + log10(1000)"), "7");
  EXPECT_EQ(math("trunc(-1.5) + sign(-4) + fix(2.9)"), "0");
}

TEST(Formula, Texts) {
  EXPECT_EQ(excel("CONCATENATE('a', 1, {{none}}, \"b\\\"c\")"), "\"a1b\\\"c\"");
  EXPECT_EQ(excel("'Total: ' + {{a}}"), "\"Total: 7\"");
  EXPECT_EQ(excel("{{price}} + 1"), "1.099E1");
  EXPECT_THROW(math("'a' + 1"), Error);
  EXPECT_EQ(excel("UPPER(LEFT('héllo', 2)) + LEN('héllo')"), "\"Hé5\"");
  EXPECT_EQ(excel("MID('héllo', 2, 3) + RIGHT('ab', 5) + TRIM('  c ')"), "\"éllabc\"");
  EXPECT_EQ(with("string", "Dear {{text}}, {{a}} of {{nosuch}}{{"), "Dear x y, 7 of {{");
}

TEST(Formula, SaysWhatIsWrong) {
  auto message = [](std::string_view expression) -> std::string {
    try {
      with("math.js", expression);
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
      return error.what();
    }
    return "nothing";
  };
  EXPECT_EQ(message("1 +"), "formula: it ends too early");
  EXPECT_EQ(message("1 ) 2"), "formula: unexpected \")\" at position 2");
  EXPECT_EQ(message("price * 2"), "formula: unknown name price (fields are written {{price}})");
  EXPECT_EQ(message("system('rm')"), "formula: unknown function system");
  EXPECT_EQ(message("pow(1)"), "formula: pow does not take 1 arguments");
  EXPECT_EQ(message("'abc"), "formula: a text in quotes does not end");
  EXPECT_EQ(message("{{abc"), "formula: a placeholder does not end with }}");
  EXPECT_EQ(message("{{text}} * 2"), "formula: \"x y\" is not a number");
  EXPECT_THROW(with("lisp", "1"), Error);
}

TEST(Formula, HasLimits) {
  EXPECT_THROW(math(std::string(200, '(') + "1" + std::string(200, ')')), Error);
  EXPECT_THROW(math(std::string(kFormulaLengthMax + 1, '1')), Error);
  EXPECT_EQ(math(std::string(9000, '-') + "1"), "1");
  std::string powers = "1", choices = "1";
  for (int i = 0; i < 1000; ++i) powers += "^1", choices += "?1:1";
  EXPECT_THROW(math(powers), Error);
  EXPECT_THROW(math(choices), Error);
  EXPECT_THROW(evaluate_formula("formula.js", "concat({{x}}, {{x}})",
                                [](std::string_view) { return Json(std::string(60'000, 'x')); }),
               Error);
}

TEST(Formula, FieldValueHasItsDataType) {
  auto value = [](std::string_view type, std::string_view expression, std::string_view engine = "math.js") {
    return formula_value({{"engine", engine}, {"dataType", type}, {"expression", expression}},
                         record().get_object());
  };
  EXPECT_EQ(value("integer", "7 / 2"), 3);
  EXPECT_EQ(value("double", "7 / 2"), 3.5);
  EXPECT_EQ(value("string", "{{a}}"), "7");
  EXPECT_EQ(value("boolean", "{{a}}"), true);
  EXPECT_EQ(value("date", "'2024-03-04'"), "2024-03-04T00:00:00.000Z");
  EXPECT_EQ(value("double", "'12.5'"), 12.5);
  EXPECT_TRUE(value("double", "'abc'").is_null());
  EXPECT_TRUE(value("double", "1 +").is_null());
  EXPECT_TRUE(value("double", "").is_null());
  EXPECT_TRUE(value("double", "{{none}} * 2").is_null());
  EXPECT_TRUE(value("date", "'soon'").is_null());
  EXPECT_TRUE(formula_value({}, {}).is_null());  // a formula field without an expression
}

TEST(Formula, SurvivesHostileText) {
  std::mt19937 random(5);
  const std::vector<std::string_view> parts{
      "(",   ")",   "+",   "-",  "*",    "/",   "^",      "%",     "!",  "?",  ":",    ",",
      "==",  "<",   "1",   ".5", "1e9",  "'a'", "{{a}}",  "{{x}}", "\"", "{{", "sum(", "left(",
      "if(", "mod", "not", " ",  "\xff", "and", "round(", "null",  "pi", "**", "mid("};
  int computed = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string expression;
    for (unsigned k = random() % 8 + 1; k > 0; --k) expression += parts[random() % parts.size()];
    try {
      with(i % 2 ? "math.js" : "formula.js", expression);
      ++computed;
    } catch (const Error& error) {
      ASSERT_EQ(error.status(), 400) << expression;
    }
  }
  EXPECT_GT(computed, 1000);
}

}  // namespace
}  // namespace flotilla::data
