#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "data/value/calendar.hpp"
#include "data/value/date_format.hpp"
#include "data/value/date_time.hpp"

namespace flotilla::data {
namespace {

constexpr std::int64_t kSample = 1'709'528'767'089;  // 2024-03-04T05:06:07.089Z

TEST(ParseInstant, ReadsTheUsualForms) {
  EXPECT_EQ(parse_instant("2024-03-04T05:06:07.089Z", 480), kSample);
  EXPECT_EQ(parse_instant("2024-03-04t05:06:07.089z", 480), kSample);
  EXPECT_EQ(parse_instant("2024-03-04T07:06:07.089+02:00", 0), kSample);
  EXPECT_EQ(parse_instant("2024-03-03 23:36:07.089-0530", 0), kSample);
  EXPECT_EQ(parse_instant("2024-03-04 05:06:07.089 +00:00", 480), kSample);
  EXPECT_EQ(parse_instant("2024-03-04 05:06:07.089+00", 480), kSample);
  EXPECT_EQ(parse_instant("2024-03-04 05:06:07.0899999", 0), kSample);
  EXPECT_EQ(parse_instant("2024-03-04 13:06:07,089", 480), kSample);
  EXPECT_EQ(parse_instant("2024-03-04 05:06:07", 0), kSample - 89);
  EXPECT_EQ(parse_instant("2024-03-04T05:06", 0), kSample - 7089);
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.5Z", 0), 500);
}

TEST(ParseInstant, ADateIsItsMidnight) {
  EXPECT_EQ(iso_text(*parse_instant("2024-05-06", 0)), "2024-05-06T00:00:00.000Z");
  EXPECT_EQ(iso_text(*parse_instant("2024-05-06", 480)), "2024-05-05T16:00:00.000Z");
  EXPECT_EQ(iso_text(*parse_instant("2024-05-06-08:00", 0)), "2024-05-06T08:00:00.000Z");
  EXPECT_EQ(iso_text(*parse_instant("2024-05", 0)), "2024-05-01T00:00:00.000Z");
  EXPECT_EQ(iso_text(*parse_instant("2024", 0)), "2024-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_text(*parse_instant("2024-05-06T24:00", 0)), "2024-05-07T00:00:00.000Z");
}

TEST(ParseInstant, ReadsExtendedYears) {
  auto far = parse_instant("+056315-11-15T07:06:40.000Z", 0);
  ASSERT_TRUE(far);
  EXPECT_EQ(*far, 1'714'990'000'000'000);
  EXPECT_EQ(iso_text(*far), "+056315-11-15T07:06:40.000Z");
  EXPECT_EQ(iso_text(*parse_instant("-000001-01-01T00:00:00Z", 0)), "-000001-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_text(*parse_instant("0000-02-29T00:00:00Z", 0)), "0000-02-29T00:00:00.000Z");
  EXPECT_EQ(parse_instant("+275760-09-13T00:00:00.000Z", 0), kInstantMax);
  EXPECT_EQ(parse_instant("-271821-04-20T00:00:00.000Z", 0), -kInstantMax);
}

TEST(ParseInstant, RefusesEverythingElse) {
  for (std::string_view text : {"",
                                "99:99",
                                "not a date",
                                "2024-02-30",
                                "2023-02-29",
                                "2024-13-01",
                                "2024-00-10",
                                "2024-01-00",
                                "2024-04-31",
                                "2024-01-01T25:00",
                                "2024-01-01T24:00:01",
                                "2024-01-01T24:01",
                                "2024-01-01T12:60",
                                "2024-01-01T12:00:60",
                                "2024-01-01T12",
                                "2024-01-01T",
                                "2024-01-01T12:00:00.",
                                "2024-01-01T12:00:00Zjunk",
                                "2024-01-01T12:00:00 ",
                                "2024-01-01T12:00:00+24:00",
                                "2024-01-01T12:00:00+8",
                                " 2024-01-01",
                                "2024-1-1",
                                "24-01-01",
                                "2024/01/01",
                                "20240101",
                                "2024-05+02:00",
                                "2024+02:00",
                                "2024-05T10:00",
                                "-000000-01-01T00:00:00Z",
                                "+275760-09-13T00:00:00.001Z",
                                "+999999-01-01T00:00:00Z",
                                "+56315-11-15T07:06:40Z",
                                "2024-01-01T1２:00",
                                "2024-01-01T12:00:00'; --",
                                "Infinity",
                                "2024-01-01T-1:00",
                                "2024-01-01T12:-1"}) {
    EXPECT_FALSE(parse_instant(text, 0)) << text;
  }
  EXPECT_FALSE(parse_instant(std::string_view("2024-01-01\0", 11), 0));
  EXPECT_FALSE(parse_instant(std::string(100'000, '9'), 0));
}

TEST(ParseInstant, NeverReadsBeyondAnyPrefixOrMutation) {
  const std::string good = "+056315-11-15T07:06:40.123+02:00";
  for (std::size_t length = 0; length <= good.size(); ++length)
    (void)parse_instant(std::string(good, 0, length), 0);
  std::mt19937 random(7);
  const std::string_view alphabet = "0123456789-+:. TZtzWQ\0\xff";
  for (int i = 0; i < 200'000; ++i) {
    std::string text = "2024-03-04T05:06:07.089Z";
    for (int k = 0; k < 3; ++k) text[random() % text.size()] = alphabet[random() % alphabet.size()];
    if (auto ms = parse_instant(text, 0)) {
      ASSERT_LE(std::abs(*ms), kInstantMax) << text;
      ASSERT_EQ(parse_instant(iso_text(*ms), 0), *ms) << text;
    }
  }
}

TEST(IsoText, RoundTripsEveryDayOf400Years) {
  std::int64_t step = 0;
  for (std::int64_t days = days_from_civil({1900, 1, 1}); days < days_from_civil({2300, 1, 1}); ++days) {
    step = (step + 7'919'713) % kDayMs;
    const std::int64_t ms = days * kDayMs + step;
    ASSERT_EQ(parse_instant(iso_text(ms), 0), ms);
    ASSERT_EQ(parse_storage(storage_text(ms)), ms);
    ASSERT_EQ(parse_instant(wall_clock(ms, -330), -330), floor_divide(ms, 1000) * 1000);
    ASSERT_TRUE(is_date_text(date_text(ms, 0)));
  }
}

TEST(IsoText, HoldsEveryInteger) {
  EXPECT_EQ(iso_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_text(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(iso_text(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(iso_text(253'402'300'800'000), "+010000-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_text(-62'167'219'200'001), "-000001-12-31T23:59:59.999Z");
  for (std::int64_t ms :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_GT(iso_text(ms).size(), 24u);
    EXPECT_GT(wall_clock(ms, 1439).size(), 19u);
    EXPECT_GT(date_text(ms, -1439).size(), 10u);
    EXPECT_GT(storage_text(ms).size(), 30u);
    EXPECT_FALSE(format_date(ms, "YYYY-MM-DD W w Q X x", 1439).empty());
  }
}

TEST(WallClock, FollowsTheOffset) {
  EXPECT_EQ(wall_clock(kSample, 0), "2024-03-04 05:06:07");
  EXPECT_EQ(wall_clock(kSample, 480), "2024-03-04 13:06:07");
  EXPECT_EQ(wall_clock(kSample, -330), "2024-03-03 23:36:07");
  EXPECT_EQ(date_text(kSample, 0), "2024-03-04");
  EXPECT_EQ(date_text(kSample, -330), "2024-03-03");
}

TEST(StorageText, HasItsLayoutAndSortsByTime) {
  EXPECT_EQ(storage_text(kSample), "2024-03-04 05:06:07.089 +00:00");
  EXPECT_LT(storage_text(kSample - 1), storage_text(kSample));
  EXPECT_LT(storage_text(-1), storage_text(0));
}

TEST(StorageText, ReadsOtherWritersToo) {
  EXPECT_EQ(parse_storage("2024-03-04 05:06:07.089 +00:00"), kSample);
  EXPECT_EQ(parse_storage("2024-03-04T05:06:07.089Z"), kSample);
  EXPECT_EQ(parse_storage("2024-03-04 05:06:07"), kSample - 89);
  EXPECT_EQ(parse_storage("2024-03-04 13:06:07.089 +08:00"), kSample);
  EXPECT_EQ(parse_storage(storage_text(1'715'000'000'000'000)), 1'715'000'000'000'000);
  for (std::string_view bad :
       {"2024-02-30 05:06:07.089 +00:00", "2024-00-04 05:06:07.089 +00:00", "2024-13-04 05:06:07.089 +00:00",
        "2024-03-00 05:06:07.089 +00:00", "2024-03-04 25:06:07.089 +00:00", "2024-03-04 05:60:07.089 +00:00",
        "2024-03-04 05:06:60.089 +00:00", "2024-03-04 05:06:07.0x9 +00:00", "2024-03-04 05:06:07.08: +00:00",
        "2o24-03-04 05:06:07.089 +00:00", "2024-03-04 05:06:07.089 +00:0\xff", "",
        "2024-03-04 05:06:07.089 +00:"}) {
    EXPECT_FALSE(parse_storage(bad)) << bad;
  }
}

TEST(DateText, OnlyDaysThatExist) {
  EXPECT_TRUE(is_date_text("2024-02-29"));
  for (std::string_view bad : {"2023-02-29", "2024-2-29", "2024-02-29 ", "2024-02", "", "+02024-02",
                               "-000001-01", "2024-02-29T00:00:00Z", "abcd-ef-gh"}) {
    EXPECT_FALSE(is_date_text(bad)) << bad;
  }
}

TEST(TimeText, IsNormalised) {
  EXPECT_EQ(normalize_time("10:00"), "10:00:00");
  EXPECT_EQ(normalize_time("9:05"), "09:05:00");
  EXPECT_EQ(normalize_time("05:06:07"), "05:06:07");
  EXPECT_EQ(normalize_time("23:59:59.1234567"), "23:59:59.123456");
  for (std::string_view bad : {"99:99", "24:00", "10", "10:0", "10:60", "10:00:60", "10:00:", "10:00:00.",
                               "-1:00", "10:00 AM", "", "100:00", "10:00:00x"}) {
    EXPECT_FALSE(is_time_text(bad)) << bad;
  }
}

TEST(FormatDate, WritesTokens) {
  EXPECT_EQ(format_date(kSample, "YYYY-MM-DD HH:mm:ss.SSS", 0), "2024-03-04 05:06:07.089");
  EXPECT_EQ(format_date(kSample, "YY/M/D H:m:s", 0), "24/3/4 5:6:7");
  EXPECT_EQ(format_date(kSample, "hh:mm A a h", 480), "01:06 PM pm 1");
  EXPECT_EQ(format_date(kSample, "YYYY[Q]Q", 0), "2024Q1");
  EXPECT_EQ(format_date(kSample, "GGGG[W]WW W", 0), "2024W10 10");
  EXPECT_EQ(format_date(kSample, "gggg[w]ww w", 0), "2024w10 10");
  EXPECT_EQ(format_date(kSample, "dddd ddd dd d, Do MMMM MMM", 0), "Monday Mon Mo 1, 4th March Mar");
  EXPECT_EQ(format_date(kSample, "Z ZZ X x", -330), "-05:30 -0530 1709528767 1709528767089");
  EXPECT_EQ(format_date(kSample, "YYYYMMDDHHmmss", 0), "20240304050607");
}

TEST(FormatDate, KeepsOtherTextAndBrackets) {
  EXPECT_EQ(format_date(0, "[YYYY-MM] YYYY", 0), "YYYY-MM 1970");
  EXPECT_EQ(format_date(0, "[YYYY", 0), "[1970");
  EXPECT_EQ(format_date(0, "", 0), "");
  EXPECT_EQ(format_date(0, "年YYYY", 0), "年1970");
  EXPECT_EQ(format_date(0, "[]YYYY[]", 0), "1970");
}

TEST(FormatDate, WeeksBelongToTheirYear) {
  const std::int64_t new_year = days_from_civil({2023, 1, 1}) * kDayMs;
  EXPECT_EQ(format_date(new_year, "GGGG[W]WW", 0), "2022W52");
  EXPECT_EQ(format_date(new_year, "gggg[w]ww", 0), "2023w01");
  EXPECT_EQ(format_date(new_year, "HH hh kk", 0), "00 12 24");
  EXPECT_EQ(format_date(days_from_civil({2024, 5, 11}) * kDayMs, "Do", 0), "11th");
  EXPECT_EQ(format_date(days_from_civil({2024, 5, 22}) * kDayMs, "Do", 0), "22nd");
}

}  // namespace
}  // namespace flotilla::data
