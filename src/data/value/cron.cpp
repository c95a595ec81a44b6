#include "data/value/cron.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <string>
#include <vector>

#include "base/strings.hpp"
#include "data/value/calendar.hpp"

namespace flotilla::data {
namespace {

constexpr std::array<std::string_view, 13> kMonthNames{"",    "jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDayNames{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct FieldRange {
  unsigned first;
  unsigned last;
  const std::string_view* names = nullptr;
  std::size_t name_count = 0;
};

bool read_number(std::string_view text, const FieldRange& range, unsigned& out) {
  for (std::size_t i = range.first; i < range.name_count; ++i) {
    if (iequals(text, range.names[i])) return out = static_cast<unsigned>(i), true;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= range.first && out <= range.last;
}

/// One entry of a list: `*`, `5`, `1-5`, each perhaps with `/n`.
bool read_entry(std::string_view entry, const FieldRange& range, std::uint64_t& mask) {
  unsigned step = 1;
  const std::size_t slash = entry.find('/');
  if (slash != entry.npos) {
    std::string_view text = entry.substr(slash + 1);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
    if (error != std::errc{} || end != text.data() + text.size() || step == 0 || step > range.last)
      return false;
    entry = entry.substr(0, slash);
  }
  unsigned first = range.first, last = range.last;
  if (entry != "*" && entry != "?") {
    const std::size_t dash = entry.find('-');
    if (!read_number(entry.substr(0, dash), range, first)) return false;
    if (dash != entry.npos) {
      if (!read_number(entry.substr(dash + 1), range, last) || last < first) return false;
    } else if (slash == entry.npos) {
      last = first;
    }
  }
  for (unsigned i = first; i <= last; i += step) mask |= std::uint64_t{1} << i;
  return true;
}

bool read_field(std::string_view text, const FieldRange& range, std::uint64_t& mask) {
  mask = 0;
  for (const std::string& entry : split(text, ',')) {
    if (!read_entry(entry, range, mask)) return false;
  }
  return mask != 0;
}

/// The lowest set bit at or above `from`; 64 when there is none.
unsigned bit_from(std::uint64_t mask, unsigned from) {
  if (from > 63) return 64;
  return static_cast<unsigned>(std::countr_zero(mask & (~std::uint64_t{0} << from)));
}

}  // namespace

std::optional<Cron> Cron::parse(std::string_view expression) {
  constexpr FieldRange kSixty{0, 59}, kHours{0, 23}, kMonthDays{1, 31};
  constexpr FieldRange kMonths{1, 12, kMonthNames.data(), kMonthNames.size()};
  constexpr FieldRange kWeekDays{0, 7, kDayNames.data(), kDayNames.size()};
  std::vector<std::string> fields;
  for (std::string& field : split(expression, ' ')) {
    if (!field.empty()) fields.push_back(std::move(field));
  }
  Cron out;
  if (fields.size() == 6) {
    if (!read_field(fields[0], kSixty, out.seconds_)) return std::nullopt;
    fields.erase(fields.begin());
  }
  if (fields.size() != 5 || !read_field(fields[0], kSixty, out.minutes_) ||
      !read_field(fields[1], kHours, out.hours_) || !read_field(fields[2], kMonthDays, out.days_) ||
      !read_field(fields[3], kMonths, out.months_) || !read_field(fields[4], kWeekDays, out.weekdays_))
    return std::nullopt;
  if (out.weekdays_ >> 7 & 1) out.weekdays_ |= 1;
  out.any_day_ = fields[2].front() == '*' || fields[2].front() == '?';
  out.any_weekday_ = fields[4].front() == '*' || fields[4].front() == '?';
  return out;
}

bool Cron::matches_day(std::int64_t days) const {
  const CivilDay date = civil_from_days(days);
  if (!(months_ >> date.month & 1)) return false;
  const bool day = days_ >> date.day & 1;
  const bool weekday = weekdays_ >> (iso_weekday(days) % 7) & 1;
  return any_day_ || any_weekday_ ? day && weekday : day || weekday;
}

std::optional<unsigned> Cron::first_second_from(unsigned second_of_day) const {
  unsigned hour = second_of_day / 3600, minute = second_of_day / 60 % 60, second = second_of_day % 60;
  second = bit_from(seconds_, second);
  if (second > 59) {
    ++minute;
    second = bit_from(seconds_, 0);
  }
  if (const unsigned at = bit_from(minutes_, minute); at != minute) {
    minute = at;
    second = bit_from(seconds_, 0);
  }
  if (minute > 59) {
    ++hour;
    minute = bit_from(minutes_, 0);
  }
  if (const unsigned at = bit_from(hours_, hour); at != hour) {
    hour = at;
    minute = bit_from(minutes_, 0);
    second = bit_from(seconds_, 0);
  }
  if (hour > 23) return std::nullopt;
  return (hour * 60 + minute) * 60 + second;
}

std::optional<std::int64_t> Cron::next(std::int64_t after_ms, std::int64_t until_ms,
                                       int offset_minutes) const {
  if (until_ms <= after_ms) return std::nullopt;
  const std::int64_t wall = to_wall(after_ms, offset_minutes);
  const std::int64_t from = (floor_divide(wall, 1000) + 1) * 1000;
  const std::int64_t first_day = floor_divide(from, kDayMs);
  const std::int64_t last_day = std::min(floor_divide(to_wall(until_ms, offset_minutes), kDayMs),
                                         first_day + std::int64_t{kYearsMax} * 366);
  for (std::int64_t day = first_day; day <= last_day; ++day) {
    if (!matches_day(day)) continue;
    const std::int64_t since_midnight = day == first_day ? from - day * kDayMs : 0;
    auto second = first_second_from(static_cast<unsigned>(since_midnight / 1000));
    if (!second) continue;
    const std::int64_t at = day * kDayMs + *second * std::int64_t{1000} - offset_minutes * kMinuteMs;
    return at <= until_ms ? std::optional(at) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace flotilla::data
