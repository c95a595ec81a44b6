#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace flotilla::data {

// Days of the proleptic Gregorian calendar as a count from 1970-01-01, and calendar units on them. `wall_ms`
// is milliseconds on a zone's wall clock: unix milliseconds plus the offset. All functions are pure.

inline constexpr std::int64_t kDayMs = 86'400'000;
inline constexpr std::int64_t kMinuteMs = 60'000;

struct CivilDay {
  std::int64_t year = 1970;
  unsigned month = 1;  ///< 1-12
  unsigned day = 1;    ///< 1-31
  bool operator==(const CivilDay&) const = default;
};

struct CivilTime {
  std::int64_t days = 0;
  CivilDay date;
  unsigned hour = 0, minute = 0, second = 0, millisecond = 0;
};

struct WeekOfYear {
  std::int64_t year = 1970;  ///< the year that the week belongs to
  unsigned week = 1;
  bool operator==(const WeekOfYear&) const = default;
};

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool is_leap(std::int64_t year);
unsigned days_in_month(std::int64_t year, unsigned month);
std::int64_t days_from_civil(const CivilDay& date);
CivilDay civil_from_days(std::int64_t days);
CivilTime civil_time(std::int64_t wall_ms);
/// Unix milliseconds on the wall clock of a zone; saturates at the ends of the range.
std::int64_t to_wall(std::int64_t unix_ms, int offset_minutes);

/// 1 = Monday … 7 = Sunday.
unsigned iso_weekday(std::int64_t days);
/// ISO 8601: weeks start on Monday, week 1 holds January 4.
WeekOfYear iso_week(std::int64_t days);
/// American: weeks start on Sunday, week 1 holds January 1.
WeekOfYear sunday_week(std::int64_t days);
/// First day of the week; nothing when the year has no such week.
std::optional<std::int64_t> iso_week_start(std::int64_t year, unsigned week);
std::optional<std::int64_t> sunday_week_start(std::int64_t year, unsigned week);

enum class CalendarUnit { millisecond, second, minute, hour, day, week, iso_week, month, quarter, year };

/// `day`, `week` (from Sunday), `isoWeek`, `month` … and their plurals.
std::optional<CalendarUnit> parse_calendar_unit(std::string_view name);

struct NamedUnit {
  CalendarUnit unit = CalendarUnit::day;
  int distance = 0;  ///< from the current one
};
/// `today`, `yesterday`, `tomorrow`, and `this`, `last`, `next` + `Week`, `IsoWeek`, `Month`, `Quarter`,
/// `Year`.
std::optional<NamedUnit> parse_named_unit(std::string_view name);

std::int64_t start_of(CalendarUnit unit, std::int64_t wall_ms);
/// `count` units on from the start of a unit.
std::int64_t add_units(CalendarUnit unit, std::int64_t start_wall_ms, std::int64_t count);

}  // namespace flotilla::data
