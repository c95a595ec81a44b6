#include <gtest/gtest.h>

#include <random>

#include "base/error.hpp"
#include "data/value/calendar.hpp"
#include "data/value/date_range.hpp"
#include "data/value/date_time.hpp"
#include "data/value/relative_date.hpp"

namespace flotilla::data {
namespace {

std::int64_t at(std::string_view iso) { return parse_instant(iso, 0).value(); }

/// Wednesday 2023-03-29 22:30 in UTC, already Thursday in +08:00.
DateContext context(int minutes = 0, DateColumn column = DateColumn::instant) {
  return {at("2023-03-29T22:30:00Z"), minutes, column};
}

std::string shown(const DateRange& range) { return iso_text(range.start) + " " + iso_text(range.end); }
std::string text_range(std::string_view text, int minutes = 0) {
  return shown(parse_date_range(Json(text), context(minutes)));
}
std::string json_range(std::string_view text, int minutes = 0, DateColumn column = DateColumn::instant) {
  return shown(parse_date_range(json::parse(text), context(minutes, column)));
}

struct Row {
  const char* value;
  int zone;
  const char* start;
  const char* end;
};

class Units : public testing::TestWithParam<Row> {};

TEST_P(Units, Range) {
  const Row& row = GetParam();
  EXPECT_EQ(text_range(row.value, row.zone), iso_text(at(row.start)) + " " + iso_text(at(row.end)));
}

INSTANTIATE_TEST_SUITE_P(
    Contract, Units,
    testing::Values(
        Row{"2023", 0, "2023-01-01", "2024-01-01"},                                                 // F1
        Row{"2023+08:00", 0, "2022-12-31T16:00Z", "2023-12-31T16:00Z"},                             // F2
        Row{"2023", 480, "2022-12-31T16:00Z", "2023-12-31T16:00Z"},                                 // F3
        Row{"2023Q2", 0, "2023-04-01", "2023-07-01"},                                               // F4
        Row{"2023W01", 0, "2023-01-02", "2023-01-09"},                                              // F5
        Row{"2023w01", 0, "2023-01-01", "2023-01-08"},                                              // F6
        Row{"2024W16+08:00", 0, "2024-04-14T16:00Z", "2024-04-21T16:00Z"},                          // F7
        Row{"2023-03", 0, "2023-03-01", "2023-04-01"},                                              // F8
        Row{"2023-01-12", 0, "2023-01-12", "2023-01-13"},                                           // F9
        Row{"2023-01-12T12+08:00", 0, "2023-01-12T04:00Z", "2023-01-12T05:00Z"},                    // F10
        Row{"2023-01-12 12:23", 0, "2023-01-12T12:23Z", "2023-01-12T12:24Z"},                       // F11
        Row{"2023-01-12T12:23:59.326", 0, "2023-01-12T12:23:59.326Z", "2023-01-12T12:23:59.327Z"},  // F12
        Row{"2023-01-12T12:23:59", 0, "2023-01-12T12:23:59Z", "2023-01-12T12:24:00Z"},
        Row{"2023+08:00", 360, "2022-12-31T16:00Z", "2023-12-31T16:00Z"},  // F17: its own offset wins
        Row{"2023", 360, "2022-12-31T18:00Z", "2023-12-31T18:00Z"},        // F18
        Row{"2023-08:00", 0, "2023-01-01T08:00Z", "2024-01-01T08:00Z"},
        Row{"2023Q4", 0, "2023-10-01", "2024-01-01"}, Row{"2020W53", 0, "2020-12-28", "2021-01-04"},
        Row{"2023-12", 0, "2023-12-01", "2024-01-01"}, Row{"2024-02-29", 0, "2024-02-29", "2024-03-01"},
        Row{"2023W1", 0, "2023-01-02", "2023-01-09"}, Row{"9999", 0, "9999-01-01", "+010000-01-01"}));

TEST(DateRangeText, AnInstantIsItself) {
  const DateRange range = parse_date_range(Json("2023-01-12T12:23:59.326Z+08:00"), context());  // F13
  EXPECT_TRUE(range.instant);
  EXPECT_EQ(range.start, at("2023-01-12T12:23:59.326Z"));
  EXPECT_EQ(parse_date_range(Json("2023-01-12T12:23:59.326Z"), context(480)), range);
  EXPECT_EQ(parse_date_range(Json(at("2023-01-12T12:23:59.326Z")), context(480)), range);
  EXPECT_FALSE(parse_date_range(Json("2023-01-12T12:23:59.326"), context()).instant);
}

TEST(DateRangeText, RefusesWhatIsNoDate) {
  for (const char* value : {R"(null)",
                            R"("")",
                            R"("not-a-date")",
                            R"(true)",
                            R"("2023-13")",
                            R"("2023-02-30")",
                            R"("2023Q5")",
                            R"("2023Q0")",
                            R"("2023W54")",
                            R"("2023W00")",
                            R"("2023w54")",
                            R"("2023-01-12T24")",
                            R"("2023-01-12T12:60")",
                            R"("2023-01-12T")",
                            R"("2023-01-12T12:23:59.")",
                            R"("2023-01-12x")",
                            R"("20230112")",
                            R"("202")",
                            R"("2023-01-12+25:00")",
                            R"("2023-02-30T00:00:00Z")",
                            R"("Z")",
                            R"("+08:00")",
                            R"([])",
                            R"(["2023"])",
                            R"(["2023", null])",
                            R"(["2023", "x"])",
                            R"(["2023","2024","{}"])",
                            R"(["2023","2024","[]","+08:00","x"])",
                            R"([1, 2])",
                            R"("[2023]")",
                            R"("[2023,")",
                            R"("[")",
                            R"("[]")",
                            R"("[,]")",
                            R"("(2023,2024")",
                            R"({})",
                            R"({"type":"someday"})",
                            R"({"type":"past","number":0,"unit":"day"})",
                            R"({"type":"past","number":-1,"unit":"day"})",
                            R"({"type":"past","number":1,"unit":"fortnight"})",
                            R"({"type":"next","number":1e9,"unit":"year"})",
                            R"({"type":"next","number":"2x","unit":"year"})",
                            R"({"type":"thisFortnight"})",
                            R"(9e18)",
                            R"(9223372036854775807)"}) {
    try {
      parse_date_range(json::parse(value), context());
      ADD_FAILURE() << value;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
      EXPECT_TRUE(std::string_view(error.what()).starts_with("Invalid Date ")) << error.what();
    }
  }
}

TEST(DateRangeText, NamesTheValueInItsError) {
  auto message = [](const Json& value) -> std::string {
    try {
      parse_date_range(value, context());
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(message(nullptr), "Invalid Date null");  // F14
  EXPECT_EQ(message(""), "Invalid Date null");
  EXPECT_EQ(message("soon"), "Invalid Date \"soon\"");
  EXPECT_LT(message(Json(std::string(100'000, 'x'))).size(), 150u);
}

TEST(DateRangeInterval, BracketsChooseUnits) {
  EXPECT_EQ(json_range(R"(["2024-01-01","2024-02-20"])"),
            "2024-01-01T00:00:00.000Z 2024-02-21T00:00:00.000Z");
  EXPECT_EQ(json_range(R"j(["2024-01-01","2024-02-20","[)"])j"),
            "2024-01-01T00:00:00.000Z 2024-02-20T00:00:00.000Z");
  EXPECT_EQ(json_range(R"j(["2024-01","2024-03","()"])j"),
            "2024-02-01T00:00:00.000Z 2024-03-01T00:00:00.000Z");
  EXPECT_EQ(json_range(R"(["2024-01","2024-03","(]"])"), "2024-02-01T00:00:00.000Z 2024-04-01T00:00:00.000Z");
  EXPECT_EQ(text_range("[2024-01-01,2024-02-20)"), "2024-01-01T00:00:00.000Z 2024-02-20T00:00:00.000Z");
  EXPECT_EQ(text_range("(2024-01-15,2024-03-31)"), "2024-01-16T00:00:00.000Z 2024-03-31T00:00:00.000Z");
  EXPECT_EQ(text_range("[2024-01-01, 2024-02-20]"), "2024-01-01T00:00:00.000Z 2024-02-21T00:00:00.000Z");
}

TEST(DateRangeInterval, ZonesOfTheParts) {
  EXPECT_EQ(json_range(R"(["2024-01-02","2024-01-02","[]","+08:00"])"),
            "2024-01-01T16:00:00.000Z 2024-01-02T16:00:00.000Z");
  EXPECT_EQ(json_range(R"(["2024-01-02","2024-01-02","+08:00"])"),
            "2024-01-01T16:00:00.000Z 2024-01-02T16:00:00.000Z");
  EXPECT_EQ(json_range(R"(["2024-01-02","2024-01-02",null,null])", 480),
            "2024-01-01T16:00:00.000Z 2024-01-02T16:00:00.000Z");
  EXPECT_EQ(text_range("[2024-01-02,2024-01-02]+08:00"), "2024-01-01T16:00:00.000Z 2024-01-02T16:00:00.000Z");
  EXPECT_EQ(json_range(R"(["2024-01-02+08:00","2024-01-02"])"),
            "2024-01-01T16:00:00.000Z 2024-01-03T00:00:00.000Z");
  EXPECT_EQ(json_range(R"(["2024-01-01T00:00:00.000Z","2024-02-28T00:00:00.000Z"])", 480),
            "2024-01-01T00:00:00.000Z 2024-02-28T00:00:00.001Z");
}

TEST(DateRangeObject, CurrentLastAndNextUnits) {
  EXPECT_EQ(json_range(R"({"type":"today"})"), text_range("2023-03-29"));
  EXPECT_EQ(json_range(R"({"type":"today"})", 480), text_range("2023-03-30", 480));
  EXPECT_EQ(json_range(R"({"type":"yesterday"})"), text_range("2023-03-28"));
  EXPECT_EQ(json_range(R"({"type":"tomorrow"})"), text_range("2023-03-30"));
  EXPECT_EQ(json_range(R"({"type":"thisWeek"})"), text_range("2023W13"));
  EXPECT_EQ(json_range(R"({"type":"lastWeek"})"), text_range("2023W12"));
  EXPECT_EQ(json_range(R"({"type":"nextWeek"})", 480), text_range("2023W14", 480));
  EXPECT_EQ(json_range(R"({"type":"thisMonth"})"), text_range("2023-03"));
  EXPECT_EQ(json_range(R"({"type":"lastQuarter"})"), text_range("2022Q4"));
  EXPECT_EQ(json_range(R"({"type":"nextQuarter"})"), text_range("2023Q2"));
  EXPECT_EQ(json_range(R"({"type":"lastYear"})"), text_range("2022"));
}

TEST(DateRangeObject, PastAndNextCountFullUnits) {
  EXPECT_EQ(json_range(R"({"type":"past","number":2,"unit":"week"})"),  // F51
            "2023-03-13T00:00:00.000Z 2023-03-27T00:00:00.000Z");
  EXPECT_EQ(json_range(R"({"type":"past","number":3,"unit":"day"})"),
            "2023-03-26T00:00:00.000Z 2023-03-29T00:00:00.000Z");
  EXPECT_EQ(json_range(R"({"type":"next","number":1,"unit":"month"})"),
            "2023-04-01T00:00:00.000Z 2023-05-01T00:00:00.000Z");
  EXPECT_EQ(json_range(R"({"type":"next","number":"2","unit":"quarter"})"),
            "2023-04-01T00:00:00.000Z 2023-10-01T00:00:00.000Z");
  EXPECT_EQ(json_range(R"({"type":"past","number":14,"unit":"months"})"),
            "2022-01-01T00:00:00.000Z 2023-03-01T00:00:00.000Z");
  EXPECT_EQ(json_range(R"({"type":"past"})"), text_range("2023-03-28"));
}

TEST(DateRangeColumn, WithoutZoneKeepsDigits) {
  const DateColumn wall = DateColumn::wall_clock;
  EXPECT_EQ(json_range(R"("2024-02-20")", 480, wall), "2024-02-20T00:00:00.000Z 2024-02-21T00:00:00.000Z");
  EXPECT_EQ(json_range(R"("2024-02-20+08:00")", 480, wall),
            "2024-02-20T00:00:00.000Z 2024-02-21T00:00:00.000Z");
  EXPECT_EQ(json_range(R"j(["2024-02-20","2024-02-21","[)","+08:00"])j", 480, wall),
            "2024-02-20T00:00:00.000Z 2024-02-21T00:00:00.000Z");
  EXPECT_EQ(json_range(R"({"type":"today"})", 480, wall),
            "2023-03-30T00:00:00.000Z 2023-03-31T00:00:00.000Z");
  EXPECT_EQ(json_range(R"("2024-02-20T10:00:00Z")", 480, wall),
            "2024-02-20T10:00:00.000Z 2024-02-20T10:00:00.001Z");
}

TEST(DateRangeColumn, DaysHaveMidnightBounds) {
  const DateColumn day = DateColumn::day;
  EXPECT_EQ(json_range(R"("2024-02-20")", 480, day), "2024-02-20T00:00:00.000Z 2024-02-21T00:00:00.000Z");
  const DateRange instant = parse_date_range(Json("2024-02-20T10:00:00Z"), context(480, day));
  EXPECT_TRUE(instant.instant);
  EXPECT_EQ(shown(instant), "2024-02-20T00:00:00.000Z 2024-02-21T00:00:00.000Z");
  // No midnight lies within an hour of the forenoon: no day is on it.
  EXPECT_EQ(json_range(R"("2024-02-20T10")", 0, day), "2024-02-21T00:00:00.000Z 2024-02-21T00:00:00.000Z");
}

TEST(DateFilterCondition, FollowsTheTable) {
  using enum DateCondition::Test;
  const DateRange range{10, 20, false}, instant{10, 11, true};
  auto condition = [](const char* name, const DateRange& r) {
    return date_filter_condition(*parse_date_operator(name), r);
  };
  EXPECT_EQ(condition("$dateOn", range), (DateCondition{within, 10, 20}));
  EXPECT_EQ(condition("$dateOn", instant), (DateCondition{equal, 10, 0}));
  EXPECT_EQ(condition("$dateNotOn", range), (DateCondition{outside, 10, 20}));
  EXPECT_EQ(condition("$dateNotOn", instant), (DateCondition{not_equal, 10, 0}));
  EXPECT_EQ(condition("$dateBefore", range), (DateCondition{less, 10, 0}));
  EXPECT_EQ(condition("$dateBefore", instant), (DateCondition{less, 10, 0}));
  EXPECT_EQ(condition("$dateNotBefore", range), (DateCondition{at_least, 10, 0}));
  EXPECT_EQ(condition("$dateAfter", range), (DateCondition{at_least, 20, 0}));
  EXPECT_EQ(condition("$dateAfter", instant), (DateCondition{greater, 10, 0}));
  EXPECT_EQ(condition("$dateNotAfter", range), (DateCondition{less, 20, 0}));
  EXPECT_EQ(condition("$dateNotAfter", instant), (DateCondition{at_most, 10, 0}));
  EXPECT_EQ(condition("dateBetween", range), (DateCondition{within, 10, 20}));
  EXPECT_FALSE(parse_date_operator("$dateSometimes"));
  // F52
  EXPECT_EQ(date_filter_condition(DateOperator::after, parse_date_range(Json("2023-01-12"), context())),
            (DateCondition{at_least, at("2023-01-13"), 0}));
}

Json named(std::string_view name, std::string_view now, int minutes = 0) {
  bool known = false;
  Json value = relative_date(name, at(now), minutes, &known);
  EXPECT_TRUE(known) << name;
  return value;
}

TEST(RelativeDate, SpansOfDays) {
  EXPECT_EQ(named("next7Days", "2023-03-28"),
            json::parse(R"j(["2023-03-29","2023-04-05","[)","+00:00"])j"));  // F15
  EXPECT_EQ(named("last7Days", "2023-03-28"),
            json::parse(R"j(["2023-03-22","2023-03-29","[)","+00:00"])j"));  // F16
  EXPECT_EQ(named("last30Days", "2023-03-28T20:00Z", 480),
            json::parse(R"j(["2023-02-28","2023-03-30","[)","+08:00"])j"));
  EXPECT_EQ(named("next90Days", "2023-12-31"), json::parse(R"j(["2024-01-01","2024-03-31","[)","+00:00"])j"));
}

TEST(RelativeDate, TextsOfUnits) {
  EXPECT_EQ(named("today", "2022-12-31T16:00Z", 480), "2023-01-01+08:00");  // F19
  EXPECT_EQ(named("yesterday", "2023-01-01", -330), "2022-12-30-05:30");
  EXPECT_EQ(named("tomorrow", "2023-12-31"), "2024-01-01+00:00");
  EXPECT_EQ(named("thisWeek", "2023-01-01"), "2023w01+00:00");
  EXPECT_EQ(named("thisIsoWeek", "2023-01-01"), "2022W52+00:00");
  EXPECT_EQ(named("nextIsoWeek", "2023-01-01"), "2023W01+00:00");
  EXPECT_EQ(named("lastMonth", "2023-01-31"), "2022-12+00:00");
  EXPECT_EQ(named("nextQuarter", "2023-12-01"), "2024Q1+00:00");
  EXPECT_EQ(named("lastYear", "2023-12-01"), "2022+00:00");
  EXPECT_EQ(named("now", "2023-12-01", 480), "2023-12-01T00:00:00.000Z");
}

TEST(RelativeDate, UnknownNamesAreNull) {  // F20
  for (const char* name : {"", "bar", "last", "lastDay", "last8Days", "thisweek", "today ", "nextWeekWeek"}) {
    bool known = true;
    EXPECT_TRUE(relative_date(name, 0, 0, &known).is_null());
    EXPECT_FALSE(known) << name;
  }
}

TEST(RelativeDate, EveryNameIsAValueOfTheFilterLanguage) {
  std::vector<std::string> names{"now",       "today",      "yesterday",  "tomorrow",   "last7Days",
                                 "next7Days", "last30Days", "next30Days", "last90Days", "next90Days"};
  for (const char* which : {"this", "last", "next"}) {
    for (const char* unit : {"Week", "IsoWeek", "Month", "Quarter", "Year"})
      names.push_back(std::string(which) + unit);
  }
  for (std::int64_t now = at("2019-12-20"); now < at("2024-01-12"); now += 13 * 60 * kMinuteMs) {
    for (const std::string& name : names) {
      bool known = false;
      const Json value = relative_date(name, now, 345, &known);
      ASSERT_TRUE(known) << name;
      const DateRange range = parse_date_range(value, {now, 0, DateColumn::instant});
      ASSERT_LT(range.start, range.end) << name;
      const bool holds_now = range.start <= now && now < range.end;
      const bool should = name == "now" || name == "today" || name.starts_with("this") ||
                          (name.starts_with("last") && name.ends_with("Days"));
      ASSERT_EQ(holds_now, should) << name << " " << iso_text(now);
    }
  }
}

TEST(DateRangeText, SurvivesHostileText) {
  std::mt19937 random(11);
  const std::string_view alphabet = "0123456789-+:.,TZQWw[]() \xff\xe5";
  const std::vector<std::string> seeds{"2023-01-12T12:23:59.326+08:00", "[2023-01,2023-02)+08:00", "2023W01",
                                       "2023Q1"};
  int read = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = seeds[random() % seeds.size()];
    text[random() % text.size()] = alphabet[random() % alphabet.size()];
    text.resize(random() % (text.size() + 1));
    try {
      parse_date_range(Json(text), context());
      ++read;
    } catch (const Error& error) {
      ASSERT_EQ(error.status(), 400);
    }
  }
  EXPECT_GT(read, 1000);
}

}  // namespace
}  // namespace flotilla::data
