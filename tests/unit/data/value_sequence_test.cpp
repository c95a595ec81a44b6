#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"
#include "data/value/cron.hpp"
#include "data/value/date_time.hpp"
#include "data/value/sequence.hpp"

namespace flotilla::data {
namespace {

class CountingRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

class FixedRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override { std::ranges::fill(bytes, std::uint8_t{7}); }
};

std::int64_t at(std::string_view iso) { return parse_instant(iso, 0).value(); }
JsonArray patterns(std::string_view text) { return json::parse(text).as_array(); }

struct Series {
  JsonArray patterns;
  std::vector<SequenceCounter> counters = {};
  CountingRandom random = {};
  std::string next(std::string_view now, int offset = 0) {
    SequenceText made = next_sequence(patterns, counters, at(now), offset, random);
    counters = made.counters;
    return made.text;
  }
};

TEST(Sequence, CountsAsRecorded) {
  Series series{patterns(R"([{"type":"string","options":{"value":"K-"}},
                             {"type":"integer","options":{"digits":4,"start":1,"key":24449}}])")};
  EXPECT_EQ(series.next("2024-01-01"), "K-0001");
  EXPECT_EQ(series.next("2024-01-01"), "K-0002");
  EXPECT_EQ(series.counters, (std::vector<SequenceCounter>{{24449, 2, at("2024-01-01")}}));
}

TEST(Sequence, JoinsAllKindsOfPatterns) {
  Series series{
      patterns(R"([{"type":"date","options":{"format":"YYMMDD"}},{"type":"string","options":{"value":"/"}},
                             {"type":"integer","options":{"digits":2,"start":5,"key":1}},
                             {"type":"integer","options":{"digits":3,"base":16,"start":250,"key":2}},
                             {"type":"date"},{"type":"string"},{"type":"string","options":{"value":7}}])")};
  EXPECT_EQ(series.next("2024-03-04T20:00Z", 480), "240305/050fa202403057");
  EXPECT_EQ(series.next("2024-03-04T20:00Z", 480), "240305/060fb202403057");
}

TEST(Sequence, StartsAgainAfterTheLargestNumber) {
  Series series{patterns(R"([{"type":"integer","options":{"digits":1,"start":8,"key":1}}])")};
  EXPECT_EQ(series.next("2024-01-01"), "8");
  EXPECT_EQ(series.next("2024-01-01"), "9");
  EXPECT_EQ(series.next("2024-01-01"), "8");
  Series wide{patterns(R"([{"type":"integer","options":{"digits":1,"start":100,"key":1}}])")};
  EXPECT_EQ(wide.next("2024-01-01"), "100");
  EXPECT_EQ(wide.next("2024-01-01"), "101");
}

TEST(Sequence, RaisedStartIsKept) {
  Series series{patterns(R"([{"type":"integer","options":{"digits":4,"start":500,"key":1}}])"), {{1, 20, 0}}};
  EXPECT_EQ(series.next("2024-01-01"), "0500");
  Series largest{patterns(R"([{"type":"integer","options":{"digits":18,"key":1}}])"),
                 {{1, 999'999'999'999'999'999, 0}}};
  EXPECT_EQ(largest.next("2024-01-01"), "000000000000000000");
}

TEST(Sequence, CycleStartsAgainWhenItsTimePassed) {
  Series daily{
      patterns(R"([{"type":"integer","options":{"digits":3,"start":1,"key":1,"cycle":"0 0 * * *"}}])")};
  EXPECT_EQ(daily.next("2024-01-01T22:00Z"), "001");
  EXPECT_EQ(daily.next("2024-01-01T23:59:59.999Z"), "002");
  EXPECT_EQ(daily.next("2024-01-02T00:00:00.000Z"), "001");
  EXPECT_EQ(daily.next("2024-01-02T00:00:00.001Z"), "002");
  EXPECT_EQ(daily.next("2024-06-02T00:00:00.000Z"), "001");
  Series zone{
      patterns(R"([{"type":"integer","options":{"digits":3,"start":1,"key":1,"cycle":"0 0 * * *"}}])")};
  EXPECT_EQ(zone.next("2024-01-01T15:59Z", 480), "001");
  EXPECT_EQ(zone.next("2024-01-01T16:00Z", 480), "001");
  Series yearly{
      patterns(R"([{"type":"integer","options":{"digits":3,"start":1,"key":1,"cycle":"0 0 1 1 *"}}])")};
  EXPECT_EQ(yearly.next("2023-01-01"), "001");
  EXPECT_EQ(yearly.next("2023-12-31"), "002");
  EXPECT_EQ(yearly.next("2024-02-01"), "001");
}

TEST(Sequence, RandomCharacters) {
  Series series{
      patterns(R"([{"type":"randomChar","options":{"length":40,"symbols":["lowercase","uppercase"]}}])")};
  const std::string text = series.next("2024-01-01");
  EXPECT_EQ(text.size(), 40u);
  for (char c : text) EXPECT_TRUE(std::isalpha(static_cast<unsigned char>(c))) << text;
  Series plain{patterns(R"([{"type":"randomChar"}])")};
  const std::string digits = plain.next("2024-01-01");
  EXPECT_EQ(digits.size(), 6u);
  EXPECT_EQ(digits.find_first_not_of("0123456789"), digits.npos);
}

TEST(Sequence, NamesBadOptions) {
  for (const char* bad :
       {R"([{"type":"nosuch"}])", R"([7])", R"([{"type":"integer","options":{"digits":0}}])",
        R"([{"type":"integer","options":{"digits":1000000000}}])",
        R"([{"type":"integer","options":{"digits":"many"}}])",
        R"([{"type":"integer","options":{"start":-1}}])", R"([{"type":"integer","options":{"base":1}}])",
        R"([{"type":"integer","options":{"cycle":"every day"}}])",
        R"([{"type":"randomChar","options":{"length":1e9}}])"}) {
    Series series{patterns(bad)};
    try {
      series.next("2024-01-01");
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
      EXPECT_TRUE(std::string_view(error.what()).starts_with("sequence: ")) << error.what();
    }
  }
  JsonArray many(kSequencePatternsMax + 1, json::parse(R"({"type":"string"})"));
  CountingRandom random;
  EXPECT_THROW(next_sequence(many, {}, 0, 0, random), Error);
}

TEST(Sequence, KeysAreAssignedOnce) {
  JsonArray list =
      patterns(R"([{"type":"string"},{"type":"integer"},{"type":"integer","options":{"digits":2}},
                                {"type":"integer","options":{"key":5}}])");
  FixedRandom random;
  EXPECT_TRUE(assign_sequence_keys(list, random));
  std::set<std::int64_t> keys;
  for (std::size_t i = 1; i < list.size(); ++i) keys.insert(list[i].at("options").at("key").as_int64());
  EXPECT_EQ(keys.size(), 3u);
  EXPECT_TRUE(keys.contains(5));
  EXPECT_EQ(list[2].at("options").at("digits"), 2);
  EXPECT_FALSE(list[0].as_object().contains("options"));
  EXPECT_FALSE(assign_sequence_keys(list, random));
}

std::string next(const char* expression, const char* after, int offset = 0) {
  auto cron = Cron::parse(expression);
  if (!cron) return "no cron";
  auto found = cron->next(at(after), at("9999-01-01"), offset);
  return found ? iso_text(*found) : "none";
}

TEST(Cron, FindsTheNextTime) {
  EXPECT_EQ(next("0 0 * * *", "2024-02-28T00:00Z"), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(next("*/15 * * * *", "2024-02-28T10:46:01Z"), "2024-02-28T11:00:00.000Z");
  EXPECT_EQ(next("5/20 10-12 * * *", "2024-02-28T10:46Z"), "2024-02-28T11:05:00.000Z");
  EXPECT_EQ(next("30 9 * * 1-5", "2024-03-01T09:30Z"), "2024-03-04T09:30:00.000Z");
  EXPECT_EQ(next("0 0 * * 7", "2024-03-01"), "2024-03-03T00:00:00.000Z");
  EXPECT_EQ(next("0 0 * * SUN", "2024-03-01"), "2024-03-03T00:00:00.000Z");
  EXPECT_EQ(next("0 0 1 jan,jul *", "2024-03-01"), "2024-07-01T00:00:00.000Z");
  EXPECT_EQ(next("0 0 29 2 *", "2096-03-01"), "2104-02-29T00:00:00.000Z");
  EXPECT_EQ(next("0 0 13 * 5", "2024-03-02"), "2024-03-08T00:00:00.000Z");  // Friday or the 13th
  EXPECT_EQ(next("0 0 * * *", "2024-03-01T15:00Z", 480), "2024-03-01T16:00:00.000Z");
  EXPECT_EQ(next("*/10 * * * * *", "2024-03-01T15:00:09.999Z"), "2024-03-01T15:00:10.000Z");
  EXPECT_EQ(next("59 59 23 31 12 ?", "2024-12-31T23:59:59Z"), "2025-12-31T23:59:59.000Z");
  EXPECT_EQ(next("0 0 30 2 *", "2024-01-01"), "none");
}

TEST(Cron, LooksNoFurtherThanAsked) {
  auto cron = Cron::parse("0 0 * * *");
  ASSERT_TRUE(cron);
  EXPECT_FALSE(cron->next(at("2024-01-01T01:00Z"), at("2024-01-01T23:59:59.999Z"), 0));
  EXPECT_EQ(cron->next(at("2024-01-01T01:00Z"), at("2024-01-02"), 0), at("2024-01-02"));
  EXPECT_FALSE(cron->next(at("2024-01-02"), at("2024-01-01"), 0));
}

TEST(Cron, AgreesWithTryingEveryMinute) {
  for (const char* expression :
       {"17 3 * * *", "*/7 */5 1-7 * *", "0 12 * 2,5 3", "59 23 31 * *", "1 1 1 1 1", "30 4 10,20 * 6"}) {
    auto cron = Cron::parse(expression);
    ASSERT_TRUE(cron) << expression;
    std::int64_t last = at("2023-12-31T23:59Z");
    for (std::int64_t minute = last + 60'000; minute < at("2024-07-01"); minute += 60'000) {
      // Whether the minute matches, asked in the narrowest window, agrees with the search from the last
      // match.
      if (!cron->next(minute - 60'000, minute, 0)) continue;
      ASSERT_EQ(cron->next(last, at("2030-01-01"), 0), minute) << expression << " " << iso_text(minute);
      last = minute;
    }
  }
}

TEST(Cron, RefusesOtherText) {
  for (const char* bad :
       {"", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *",
        "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *", "-1 * * * *",
        "*/99999999999 * * * *", "1- * * * *", "* * * foo *"}) {
    EXPECT_FALSE(Cron::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace flotilla::data
