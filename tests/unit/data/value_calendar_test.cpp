#include <gtest/gtest.h>

#include <chrono>

#include "data/value/calendar.hpp"
#include "data/value/zone.hpp"

namespace flotilla::data {
namespace {

std::int64_t day(std::int64_t year, unsigned month, unsigned day) {
  return days_from_civil({year, month, day});
}

TEST(Calendar, EveryDayOf800YearsAgreesWithTheStandardLibrary) {
  using namespace std::chrono;
  const std::int64_t first = sys_days(year(1600) / 1 / 1).time_since_epoch().count();
  const std::int64_t last = sys_days(year(2400) / 12 / 31).time_since_epoch().count();
  for (std::int64_t days = first; days <= last; ++days) {
    const year_month_day expected{sys_days(std::chrono::days(days))};
    const CivilDay date = civil_from_days(days);
    ASSERT_EQ(date.year, static_cast<int>(expected.year()));
    ASSERT_EQ(date.month, static_cast<unsigned>(expected.month()));
    ASSERT_EQ(date.day, static_cast<unsigned>(expected.day()));
    ASSERT_EQ(days_from_civil(date), days);
    ASSERT_EQ(iso_weekday(days), weekday(sys_days(std::chrono::days(days))).iso_encoding());
  }
}

TEST(Calendar, FarDaysRoundTrip) {
  for (std::int64_t days = -120'000'000; days < 120'000'000; days += 9'973) {
    const CivilDay date = civil_from_days(days);
    ASSERT_EQ(days_from_civil(date), days);
    ASSERT_LE(date.day, days_in_month(date.year, date.month));
  }
}

TEST(Calendar, IsoWeeksAtTheTurnOfTheYear) {
  EXPECT_EQ(iso_week(day(2023, 1, 1)), (WeekOfYear{2022, 52}));
  EXPECT_EQ(iso_week(day(2023, 1, 2)), (WeekOfYear{2023, 1}));
  EXPECT_EQ(iso_week(day(2020, 12, 31)), (WeekOfYear{2020, 53}));
  EXPECT_EQ(iso_week(day(2021, 1, 3)), (WeekOfYear{2020, 53}));
  EXPECT_EQ(iso_week(day(2021, 1, 4)), (WeekOfYear{2021, 1}));
  EXPECT_EQ(iso_week(day(2024, 12, 30)), (WeekOfYear{2025, 1}));
  EXPECT_EQ(sunday_week(day(2023, 1, 1)), (WeekOfYear{2023, 1}));
  EXPECT_EQ(sunday_week(day(2022, 12, 31)), (WeekOfYear{2022, 53}));
  EXPECT_EQ(sunday_week(day(2024, 12, 29)), (WeekOfYear{2025, 1}));
}

TEST(Calendar, WeekStartIsTheInverseOfWeekOfYear) {
  for (std::int64_t days = day(1990, 1, 1); days < day(2060, 1, 1); ++days) {
    const WeekOfYear iso = iso_week(days), american = sunday_week(days);
    const auto monday = iso_week_start(iso.year, iso.week);
    const auto sunday = sunday_week_start(american.year, american.week);
    ASSERT_TRUE(monday && sunday);
    ASSERT_TRUE(*monday <= days && days < *monday + 7);
    ASSERT_TRUE(*sunday <= days && days < *sunday + 7);
  }
  EXPECT_FALSE(iso_week_start(2023, 53));
  EXPECT_TRUE(iso_week_start(2020, 53));
  EXPECT_FALSE(iso_week_start(2023, 0));
  EXPECT_FALSE(sunday_week_start(2023, 54));
}

TEST(Calendar, UnitsBeforeTheEpochAndOverYearEnds) {
  const std::int64_t new_year_eve = day(1969, 12, 31) * kDayMs + 5;
  EXPECT_EQ(start_of(CalendarUnit::day, new_year_eve), day(1969, 12, 31) * kDayMs);
  EXPECT_EQ(start_of(CalendarUnit::hour, -1), -60 * kMinuteMs);
  EXPECT_EQ(start_of(CalendarUnit::quarter, new_year_eve), day(1969, 10, 1) * kDayMs);
  EXPECT_EQ(add_units(CalendarUnit::month, day(2024, 1, 1) * kDayMs, -1), day(2023, 12, 1) * kDayMs);
  EXPECT_EQ(add_units(CalendarUnit::month, day(2024, 1, 1) * kDayMs, -13), day(2022, 12, 1) * kDayMs);
  EXPECT_EQ(add_units(CalendarUnit::quarter, day(2024, 10, 1) * kDayMs, 1), day(2025, 1, 1) * kDayMs);
  EXPECT_EQ(add_units(CalendarUnit::year, day(2024, 1, 1) * kDayMs, -2), day(2022, 1, 1) * kDayMs);
  EXPECT_EQ(start_of(CalendarUnit::week, day(2023, 3, 29) * kDayMs), day(2023, 3, 26) * kDayMs);
  EXPECT_EQ(start_of(CalendarUnit::week, day(2023, 3, 26) * kDayMs), day(2023, 3, 26) * kDayMs);
  EXPECT_EQ(start_of(CalendarUnit::iso_week, day(2023, 3, 26) * kDayMs), day(2023, 3, 20) * kDayMs);
}

TEST(Zone, ReadsOffsets) {
  EXPECT_EQ(parse_offset("+08:00"), 480);
  EXPECT_EQ(parse_offset("-0530"), -330);
  EXPECT_EQ(parse_offset("+00"), 0);
  EXPECT_EQ(parse_offset("Z"), 0);
  EXPECT_EQ(parse_offset("UTC"), 0);
  EXPECT_EQ(parse_offset("-12:45"), -765);
}

TEST(Zone, RefusesWhatIsNoOffset) {
  for (const char* text : {"", "+", "08:00", "+8:00", "+08:0", "+08:60", "+24:00", "+99:99", "+08:00 ",
                           " +08:00", "+08:00x", "+0８:00", "Europe/Paris", "ZZ", "+08:-1", "'; drop"}) {
    EXPECT_FALSE(parse_offset(text)) << text;
  }
}

TEST(Zone, FormatsOffsetsBack) {
  for (int minutes = -23 * 60 - 59; minutes <= 23 * 60 + 59; ++minutes)
    ASSERT_EQ(parse_offset(format_offset(minutes)), minutes);
  EXPECT_EQ(format_offset(-30), "-00:30");
  EXPECT_EQ(format_offset(0), "+00:00");
}

TEST(Zone, TakesASuffixOnlyWithAColon) {
  std::string_view text = "2023-01-12-08:00";
  EXPECT_EQ(take_offset_suffix(text), -480);
  EXPECT_EQ(text, "2023-01-12");
  for (std::string_view other :
       {"2023-01-12", "2023-01-12 12:23", "2023-01-12T12:23", "2023-0530", "+08:00", ""}) {
    std::string_view rest = other;
    EXPECT_FALSE(take_offset_suffix(rest)) << other;
    EXPECT_EQ(rest, other);
  }
}

}  // namespace
}  // namespace flotilla::data
