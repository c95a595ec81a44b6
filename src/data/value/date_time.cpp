#include "data/value/date_time.hpp"

#include <charconv>
#include <cstring>

#include "data/value/calendar.hpp"
#include "data/value/text_cursor.hpp"
#include "data/value/zone.hpp"

namespace flotilla::data {
namespace {

constexpr std::size_t kStorageLength = 30;
constexpr std::size_t kTextMax = 48;  // longest text written here: a year of 12 digits, time and offset

char* write_two(char* to, unsigned value) {
  to[0] = static_cast<char>('0' + value / 10);
  to[1] = static_cast<char>('0' + value % 10);
  return to + 2;
}

char* write_year(char* to, std::int64_t year) {
  if (year >= 0 && year <= 9999) [[likely]] {
    to = write_two(to, static_cast<unsigned>(year / 100));
    return write_two(to, static_cast<unsigned>(year % 100));
  }
  *to++ = year < 0 ? '-' : '+';
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, year < 0 ? -year : year).ptr;
  for (auto missing = 6 - (end - digits); missing > 0; --missing) *to++ = '0';
  std::memcpy(to, digits, static_cast<std::size_t>(end - digits));
  return to + (end - digits);
}

char* write_date(char* to, const CivilDay& date) {
  to = write_year(to, date.year);
  *to++ = '-';
  to = write_two(to, date.month);
  *to++ = '-';
  return write_two(to, date.day);
}

char* write_clock(char* to, const CivilTime& time) {
  to = write_two(to, time.hour);
  *to++ = ':';
  to = write_two(to, time.minute);
  *to++ = ':';
  return write_two(to, time.second);
}

char* write_millis(char* to, unsigned millis) {
  *to++ = '.';
  *to++ = static_cast<char>('0' + millis / 100);
  return write_two(to, millis % 100);
}

/// `whole` tells that the day was given, not only a year or a month.
bool read_date(TextCursor& in, CivilDay& date, bool& whole) {
  std::int64_t month = 1, day = 1;
  if (in.peek() == '+' || in.peek() == '-') {
    const bool negative = in.peek() == '-';
    in.accept_any("+-");
    if (!in.digits(6, date.year) || (negative && date.year == 0)) return false;
    if (negative) date.year = -date.year;
  } else if (!in.digits(4, date.year)) {
    return false;
  }
  if (in.accept('-')) {
    if (!in.digits(2, month)) return false;
    whole = in.accept('-');
    if (whole && !in.digits(2, day)) return false;
  }
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(date.year, static_cast<unsigned>(month)))
    return false;
  date.month = static_cast<unsigned>(month);
  date.day = static_cast<unsigned>(day);
  return true;
}

/// HH:mm with optional seconds and fraction, as milliseconds of the day.
bool read_clock(TextCursor& in, std::int64_t& ms) {
  std::int64_t hour = 0, minute = 0, second = 0, millis = 0;
  if (!in.digits(2, hour) || !in.accept(':') || !in.digits(2, minute)) return false;
  if (in.accept(':')) {
    if (!in.digits(2, second)) return false;
    if (in.accept_any(".,") && !in.thousandths(millis)) return false;
  }
  ms = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
  const bool end_of_day = hour == 24 && ms == kDayMs;
  return (hour < 24 || end_of_day) && minute < 60 && second < 60;
}

/// Value of two digits at `at`; at least 100 when one is no digit.
unsigned two_at(const char* at) {
  const unsigned tens = static_cast<unsigned char>(at[0]) - unsigned{'0'};
  const unsigned ones = static_cast<unsigned char>(at[1]) - unsigned{'0'};
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

}  // namespace

std::optional<std::int64_t> parse_instant(std::string_view text, int offset_minutes) {
  TextCursor in(text);
  CivilDay date;
  std::int64_t time = 0;
  bool whole = false;
  if (!read_date(in, date, whole)) return std::nullopt;
  // A year or a month may not be followed by a time or an offset: `2024-05+02:00` is no instant.
  if (!in.done() && !whole) return std::nullopt;
  if (in.accept_any("Tt ") && !read_clock(in, time)) return std::nullopt;
  if (!in.done()) {
    in.accept(' ');
    auto given = parse_offset(in.rest());
    if (!given) return std::nullopt;
    offset_minutes = *given;
  }
  const std::int64_t ms = days_from_civil(date) * kDayMs + time - offset_minutes * kMinuteMs;
  if (ms > kInstantMax || ms < -kInstantMax) return std::nullopt;
  return ms;
}

void append_iso(std::string& out, std::int64_t ms) {
  char text[kTextMax];
  const CivilTime time = civil_time(to_wall(ms, 0));
  char* end = write_date(text, time.date);
  *end++ = 'T';
  end = write_clock(end, time);
  end = write_millis(end, time.millisecond);
  *end++ = 'Z';
  out.append(text, static_cast<std::size_t>(end - text));
}

std::string iso_text(std::int64_t ms) {
  std::string out;
  append_iso(out, ms);
  return out;
}

std::string wall_clock(std::int64_t ms, int offset_minutes) {
  char text[kTextMax];
  const CivilTime time = civil_time(to_wall(ms, offset_minutes));
  char* end = write_date(text, time.date);
  *end++ = ' ';
  end = write_clock(end, time);
  return {text, end};
}

std::string date_text(std::int64_t ms, int offset_minutes) {
  char text[kTextMax];
  return {text, write_date(text, civil_time(to_wall(ms, offset_minutes)).date)};
}

std::string storage_text(std::int64_t ms) {
  char text[kTextMax];
  const CivilTime time = civil_time(to_wall(ms, 0));
  char* end = write_date(text, time.date);
  *end++ = ' ';
  end = write_clock(end, time);
  end = write_millis(end, time.millisecond);
  std::memcpy(end, " +00:00", 7);
  return {text, end + 7};
}

std::optional<std::int64_t> parse_storage(std::string_view text) {
  const char* t = text.data();
  const bool layout = text.size() == kStorageLength && t[4] == '-' && t[7] == '-' && t[10] == ' ' &&
                      t[13] == ':' && t[16] == ':' && t[19] == '.' && std::memcmp(t + 23, " +00:00", 7) == 0;
  if (!layout) return parse_instant(text, 0);
  const unsigned century = two_at(t), year = two_at(t + 2), month = two_at(t + 5), day = two_at(t + 8);
  const unsigned hour = two_at(t + 11), minute = two_at(t + 14), second = two_at(t + 17),
                 millis = two_at(t + 20);
  const unsigned last = static_cast<unsigned char>(t[22]) - unsigned{'0'};
  if (century > 99 || year > 99 || month - 1 > 11 || hour > 23 || minute > 59 || second > 59 || millis > 99 ||
      last > 9)
    return parse_instant(text, 0);
  const CivilDay date{century * 100 + year, month, day};
  if (day < 1 || day > days_in_month(date.year, month)) return std::nullopt;
  return days_from_civil(date) * kDayMs + (hour * 3600 + minute * 60 + second) * std::int64_t{1000} +
         millis * 10 + last;
}

bool is_date_text(std::string_view text) {
  TextCursor in(text);
  CivilDay date;
  bool whole = false;
  return text.size() == 10 && text[0] != '+' && text[0] != '-' && read_date(in, date, whole) && in.done();
}

bool is_time_text(std::string_view text) { return normalize_time(text).has_value(); }

std::optional<std::string> normalize_time(std::string_view text) {
  constexpr std::size_t kFractionMax = 6;
  TextCursor in(text);
  std::int64_t hour = 0, minute = 0, second = 0, thousandths = 0;
  std::string_view fraction;
  if (!(in.digits(2, hour) || in.digits(1, hour)) || !in.accept(':') || !in.digits(2, minute))
    return std::nullopt;
  if (in.accept(':')) {
    if (!in.digits(2, second)) return std::nullopt;
    if (in.accept('.')) {
      fraction = in.rest().substr(0, kFractionMax);
      if (!in.thousandths(thousandths)) return std::nullopt;
    }
  }
  if (!in.done() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  CivilTime time;
  time.hour = static_cast<unsigned>(hour);
  time.minute = static_cast<unsigned>(minute);
  time.second = static_cast<unsigned>(second);
  char clock[8];
  std::string out(clock, write_clock(clock, time));
  if (!fraction.empty()) (out += '.') += fraction;
  return out;
}

}  // namespace flotilla::data
