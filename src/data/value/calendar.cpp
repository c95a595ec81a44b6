#include "data/value/calendar.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace flotilla::data {
namespace {

constexpr std::int64_t kDaysIn400Years = 146'097;
constexpr std::int64_t kDaysIn4Years = 1'461;
// Years are counted from March here, so that the leap day comes last and month lengths follow one line.
constexpr std::int64_t kMarchYearZeroToEpoch = 719'468;  // days from 0000-03-01 to 1970-01-01

std::int64_t week_one_iso(std::int64_t year) {
  std::int64_t january_4 = days_from_civil({year, 1, 4});
  return january_4 - (iso_weekday(january_4) - 1);
}

std::int64_t week_one_sunday(std::int64_t year) {
  std::int64_t january_1 = days_from_civil({year, 1, 1});
  return january_1 - iso_weekday(january_1) % 7;
}

std::optional<std::int64_t> week_start(std::int64_t first, std::int64_t first_of_next_year, unsigned week) {
  if (week < 1) return std::nullopt;
  std::int64_t start = first + 7 * (static_cast<std::int64_t>(week) - 1);
  return start < first_of_next_year ? std::optional(start) : std::nullopt;
}

/// Fixed length of a unit in milliseconds, 0 for months and longer.
constexpr std::int64_t length_ms(CalendarUnit unit) {
  switch (unit) {
    case CalendarUnit::millisecond:
      return 1;
    case CalendarUnit::second:
      return 1'000;
    case CalendarUnit::minute:
      return kMinuteMs;
    case CalendarUnit::hour:
      return 60 * kMinuteMs;
    case CalendarUnit::day:
      return kDayMs;
    case CalendarUnit::week:
    case CalendarUnit::iso_week:
      return 7 * kDayMs;
    default:
      return 0;
  }
}

constexpr int months_in(CalendarUnit unit) {
  return unit == CalendarUnit::year ? 12 : unit == CalendarUnit::quarter ? 3 : 1;
}

}  // namespace

bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

unsigned days_in_month(std::int64_t year, unsigned month) {
  constexpr std::array<unsigned, 12> kLengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kLengths[month - 1];
}

std::int64_t days_from_civil(const CivilDay& date) {
  const std::int64_t march_year = date.month > 2 ? date.year : date.year - 1;
  const std::int64_t march_month = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t before_year = march_year * 365 + floor_divide(march_year, 4) -
                                   floor_divide(march_year, 100) + floor_divide(march_year, 400);
  const std::int64_t before_month = (153 * march_month + 2) / 5;
  return before_year + before_month + date.day - 1 - kMarchYearZeroToEpoch;
}

CivilDay civil_from_days(std::int64_t days) {
  days += kMarchYearZeroToEpoch;
  const std::int64_t era = floor_divide(days, kDaysIn400Years);
  const auto in_era = static_cast<unsigned>(days - era * kDaysIn400Years);
  const unsigned century = (4 * in_era + 3) / kDaysIn400Years;
  const unsigned in_century = in_era - century * kDaysIn400Years / 4;
  const unsigned year = (4 * in_century + 3) / kDaysIn4Years;
  const unsigned in_year = in_century - year * kDaysIn4Years / 4;
  const unsigned march_month = (5 * in_year + 2) / 153;
  const unsigned day = in_year - (153 * march_month + 2) / 5 + 1;
  const bool next_year = march_month >= 10;
  return {era * 400 + century * 100 + year + (next_year ? 1 : 0),
          next_year ? march_month - 9 : march_month + 3, day};
}

CivilTime civil_time(std::int64_t wall_ms) {
  CivilTime out;
  out.days = floor_divide(wall_ms, kDayMs);
  out.date = civil_from_days(out.days);
  auto rest = static_cast<unsigned>(wall_ms - out.days * kDayMs);
  out.millisecond = rest % 1000;
  rest /= 1000;
  out.second = rest % 60;
  rest /= 60;
  out.minute = rest % 60;
  out.hour = rest / 60;
  return out;
}

std::int64_t to_wall(std::int64_t unix_ms, int offset_minutes) {
  // A day of distance from the ends leaves room for the floor in civil_time.
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max() - 3 * kDayMs;
  return std::clamp(unix_ms, -kEnd, kEnd) + offset_minutes * kMinuteMs;
}

unsigned iso_weekday(std::int64_t days) {
  const std::int64_t since_monday = (days + 3) % 7;  // 1970-01-01 was a Thursday
  return static_cast<unsigned>(since_monday < 0 ? since_monday + 7 : since_monday) + 1;
}

WeekOfYear iso_week(std::int64_t days) {
  const std::int64_t thursday = days - iso_weekday(days) + 4;
  const std::int64_t year = civil_from_days(thursday).year;
  return {year, static_cast<unsigned>((thursday - days_from_civil({year, 1, 1})) / 7) + 1};
}

WeekOfYear sunday_week(std::int64_t days) {
  const std::int64_t saturday = days - iso_weekday(days) % 7 + 6;
  const std::int64_t year = civil_from_days(saturday).year;
  return {year, static_cast<unsigned>((saturday - days_from_civil({year, 1, 1})) / 7) + 1};
}

std::optional<std::int64_t> iso_week_start(std::int64_t year, unsigned week) {
  return week_start(week_one_iso(year), week_one_iso(year + 1), week);
}

std::optional<std::int64_t> sunday_week_start(std::int64_t year, unsigned week) {
  return week_start(week_one_sunday(year), week_one_sunday(year + 1), week);
}

std::optional<CalendarUnit> parse_calendar_unit(std::string_view name) {
  using enum CalendarUnit;
  constexpr std::array<std::pair<std::string_view, CalendarUnit>, 10> kNames{{
      {"millisecond", millisecond},
      {"second", second},
      {"minute", minute},
      {"hour", hour},
      {"day", day},
      {"week", week},
      {"isoWeek", iso_week},
      {"month", month},
      {"quarter", quarter},
      {"year", year},
  }};
  if (name.ends_with('s')) name.remove_suffix(1);
  for (const auto& [text, unit] : kNames) {
    if (text == name) return unit;
  }
  return std::nullopt;
}

std::optional<NamedUnit> parse_named_unit(std::string_view name) {
  if (name == "today") return NamedUnit{CalendarUnit::day, 0};
  if (name == "yesterday") return NamedUnit{CalendarUnit::day, -1};
  if (name == "tomorrow") return NamedUnit{CalendarUnit::day, 1};
  constexpr std::array<std::pair<std::string_view, int>, 3> kWhich{{{"this", 0}, {"last", -1}, {"next", 1}}};
  constexpr std::array<std::pair<std::string_view, CalendarUnit>, 5> kUnits{
      {{"Week", CalendarUnit::week},
       {"IsoWeek", CalendarUnit::iso_week},
       {"Month", CalendarUnit::month},
       {"Quarter", CalendarUnit::quarter},
       {"Year", CalendarUnit::year}}};
  for (const auto& [which, distance] : kWhich) {
    if (!name.starts_with(which)) continue;
    for (const auto& [text, unit] : kUnits) {
      if (name.substr(which.size()) == text) return NamedUnit{unit, distance};
    }
  }
  return std::nullopt;
}

std::int64_t start_of(CalendarUnit unit, std::int64_t wall_ms) {
  const std::int64_t days = floor_divide(wall_ms, kDayMs);
  if (unit == CalendarUnit::week) return (days - iso_weekday(days) % 7) * kDayMs;
  if (unit == CalendarUnit::iso_week) return (days - (iso_weekday(days) - 1)) * kDayMs;
  if (const std::int64_t length = length_ms(unit)) return floor_divide(wall_ms, length) * length;
  CivilDay date = civil_from_days(days);
  const auto months = static_cast<unsigned>(months_in(unit));
  date.month = (date.month - 1) / months * months + 1;
  date.day = 1;
  return days_from_civil(date) * kDayMs;
}

std::int64_t add_units(CalendarUnit unit, std::int64_t start_wall_ms, std::int64_t count) {
  if (const std::int64_t length = length_ms(unit)) return start_wall_ms + count * length;
  CivilDay date = civil_from_days(floor_divide(start_wall_ms, kDayMs));
  const std::int64_t month = static_cast<std::int64_t>(date.month) - 1 + count * months_in(unit);
  date.year += floor_divide(month, 12);
  date.month = static_cast<unsigned>(month - floor_divide(month, 12) * 12) + 1;
  return days_from_civil(date) * kDayMs;
}

}  // namespace flotilla::data
