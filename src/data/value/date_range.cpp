#include "data/value/date_range.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/value/calendar.hpp"
#include "data/value/date_time.hpp"
#include "data/value/text_cursor.hpp"
#include "data/value/zone.hpp"

namespace flotilla::data {
namespace {

using MaybeRange = std::optional<DateRange>;

std::string_view view(const Json& text) { return {text.get_string().data(), text.get_string().size()}; }

DateRange instant_at(std::int64_t ms) { return {ms, ms + 1, true}; }

/// A calendar unit named by a text, on a wall clock.
struct Unit {
  CalendarUnit unit = CalendarUnit::year;
  std::int64_t start = 0;
};

std::optional<Unit> read_week(TextCursor& in, std::int64_t year, bool iso) {
  std::int64_t week = 0;
  if (!in.digits(2, week) && !in.digits(1, week)) return std::nullopt;
  auto number = static_cast<unsigned>(week);
  auto start = iso ? iso_week_start(year, number) : sunday_week_start(year, number);
  if (!start) return std::nullopt;
  return Unit{iso ? CalendarUnit::iso_week : CalendarUnit::week, *start * kDayMs};
}

/// The time behind a day, as exact as it was given.
bool read_time(TextCursor& in, Unit& out) {
  std::int64_t hour = 0, minute = 0, second = 0, millis = 0;
  if (!in.digits(2, hour)) return false;
  out.unit = CalendarUnit::hour;
  if (in.accept(':')) {
    if (!in.digits(2, minute)) return false;
    out.unit = CalendarUnit::minute;
    if (in.accept(':')) {
      if (!in.digits(2, second)) return false;
      out.unit = CalendarUnit::second;
      if (in.accept('.')) {
        if (!in.thousandths(millis)) return false;
        out.unit = CalendarUnit::millisecond;
      }
    }
  }
  out.start += ((hour * 60 + minute) * 60 + second) * 1000 + millis;
  return hour < 24 && minute < 60 && second < 60;
}

std::optional<Unit> read_unit(std::string_view text) {
  TextCursor in(text);
  Unit out;
  CivilDay date;
  if (!in.digits(4, date.year)) return std::nullopt;
  if (in.accept('W')) {
    auto week = read_week(in, date.year, true);
    return in.done() ? week : std::nullopt;
  }
  if (in.accept('w')) {
    auto week = read_week(in, date.year, false);
    return in.done() ? week : std::nullopt;
  }
  if (in.accept('Q')) {
    std::int64_t quarter = 0;
    if (!in.digits(1, quarter) || quarter < 1 || quarter > 4) return std::nullopt;
    out.unit = CalendarUnit::quarter;
    date.month = static_cast<unsigned>(quarter) * 3 - 2;
  } else if (in.accept('-')) {
    std::int64_t month = 0, day = 0;
    if (!in.digits(2, month) || month < 1 || month > 12) return std::nullopt;
    out.unit = CalendarUnit::month;
    date.month = static_cast<unsigned>(month);
    if (in.accept('-')) {
      if (!in.digits(2, day) || day < 1 || day > days_in_month(date.year, date.month)) return std::nullopt;
      out.unit = CalendarUnit::day;
      date.day = static_cast<unsigned>(day);
    }
  }
  out.start = days_from_civil(date) * kDayMs;
  if (out.unit == CalendarUnit::day && in.accept_any("T ") && !read_time(in, out)) return std::nullopt;
  return in.done() ? std::optional(out) : std::nullopt;
}

MaybeRange read_point(std::string_view text, int zone_minutes, bool keep_digits) {
  auto given = take_offset_suffix(text);
  if (text.ends_with('Z')) {
    auto ms = parse_instant(text, 0);
    return ms ? MaybeRange(instant_at(*ms)) : std::nullopt;
  }
  auto unit = read_unit(text);
  if (!unit) return std::nullopt;
  const std::int64_t shift = keep_digits ? 0 : given.value_or(zone_minutes) * kMinuteMs;
  return DateRange{unit->start - shift, add_units(unit->unit, unit->start, 1) - shift, false};
}

bool is_brackets(std::string_view text) {
  return text.size() == 2 && (text[0] == '[' || text[0] == '(') && (text[1] == ']' || text[1] == ')');
}

MaybeRange read_interval(std::string_view from, std::string_view to, std::string_view brackets,
                         int zone_minutes, bool keep_digits) {
  auto first = read_point(trim(from), zone_minutes, keep_digits);
  auto last = read_point(trim(to), zone_minutes, keep_digits);
  if (!first || !last) return std::nullopt;
  return DateRange{brackets[0] == '(' ? first->end : first->start,
                   brackets[1] == ')' ? last->start : last->end, false};
}

MaybeRange read_text(std::string_view text, int zone_minutes, bool keep_digits) {
  if (!text.starts_with('[') && !text.starts_with('(')) return read_point(text, zone_minutes, keep_digits);
  zone_minutes = take_offset_suffix(text).value_or(zone_minutes);
  const std::string brackets{text.front(), text.back()};
  const std::size_t comma = text.find(',');
  if (text.size() < 3 || !is_brackets(brackets) || comma == text.npos) return std::nullopt;
  return read_interval(text.substr(1, comma - 1), text.substr(comma + 1, text.size() - comma - 2), brackets,
                       zone_minutes, keep_digits);
}

MaybeRange read_array(const JsonArray& list, int zone_minutes, bool keep_digits) {
  if (list.size() < 2 || list.size() > 4) return std::nullopt;
  std::string_view brackets = "[]";
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i >= 2 && list[i].is_null()) continue;
    if (!list[i].is_string()) return std::nullopt;
    if (i < 2) continue;
    std::string_view option = view(list[i]);
    if (is_brackets(option))
      brackets = option;
    else if (auto offset = parse_offset(option))
      zone_minutes = *offset;
    else
      return std::nullopt;
  }
  return read_interval(view(list[0]), view(list[1]), brackets, zone_minutes, keep_digits);
}

/// Weeks of relative ranges are ISO weeks, however they are called.
CalendarUnit monday_week(CalendarUnit unit) {
  return unit == CalendarUnit::week ? CalendarUnit::iso_week : unit;
}

std::optional<std::int64_t> unit_count(const JsonObject& value) {
  const Json* number = json::find(value, "number");
  if (!number) return 1;
  std::int64_t count = 0;
  if (number->is_int64()) {
    count = number->get_int64();
  } else if (number->is_string()) {
    std::string_view text = view(*number);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  }
  return count >= 1 && count <= kDateUnitsMax ? std::optional(count) : std::nullopt;
}

/// A range on the request's wall clock.
MaybeRange read_object(const JsonObject& value, std::int64_t wall_now) {
  const std::string_view type = json::text(value, "type");
  if (auto named = parse_named_unit(type)) {
    const CalendarUnit unit = monday_week(named->unit);
    const std::int64_t start = add_units(unit, start_of(unit, wall_now), named->distance);
    return DateRange{start, add_units(unit, start, 1), false};
  }
  if (type != "past" && type != "next") return std::nullopt;
  auto given = parse_calendar_unit(json::text(value, "unit", "day"));
  auto count = unit_count(value);
  if (!given || !count) return std::nullopt;
  const CalendarUnit unit = monday_week(*given);
  const std::int64_t current = start_of(unit, wall_now);
  if (type == "past") return DateRange{add_units(unit, current, -*count), current, false};
  return DateRange{add_units(unit, current, 1), add_units(unit, current, 1 + *count), false};
}

MaybeRange read_number(std::int64_t number, int zone_minutes, bool keep_digits) {
  if (number >= 1000 && number <= 9999) return read_point(std::to_string(number), zone_minutes, keep_digits);
  if (number > kInstantMax || number < -kInstantMax) return std::nullopt;
  return instant_at(number);
}

MaybeRange read_value(const Json& value, const DateContext& context) {
  const bool keep_digits = context.column != DateColumn::instant;
  if (value.is_string()) return read_text(view(value), context.zone_minutes, keep_digits);
  if (value.is_array()) return read_array(value.get_array(), context.zone_minutes, keep_digits);
  if (value.is_int64()) return read_number(value.get_int64(), context.zone_minutes, keep_digits);
  if (!value.is_object()) return std::nullopt;
  auto range = read_object(value.get_object(), to_wall(context.now_ms, context.zone_minutes));
  if (range && !keep_digits) {
    range->start -= context.zone_minutes * kMinuteMs;
    range->end -= context.zone_minutes * kMinuteMs;
  }
  return range;
}

/// First midnight at or after: days at or after `ms` are exactly the days at or after it.
std::int64_t midnight_from(std::int64_t ms) { return -floor_divide(-ms, kDayMs) * kDayMs; }

std::string shown(const Json& value) {
  constexpr std::size_t kShownMax = 100;
  std::string text = value.is_string() && value.get_string().empty() ? "null" : json::dump(value);
  if (text.size() <= kShownMax) return text;
  std::size_t end = kShownMax;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

DateRange parse_date_range(const Json& value, const DateContext& context) {
  auto range = read_value(value, context);
  if (!range) throw bad_request(fmt::format("Invalid Date {}", shown(value)));
  if (context.column == DateColumn::day) {
    if (range->instant) {
      range->start = floor_divide(range->start, kDayMs) * kDayMs;
      range->end = range->start + kDayMs;
    } else {
      range->start = midnight_from(range->start);
      range->end = midnight_from(range->end);
    }
  }
  return *range;
}

std::optional<DateOperator> parse_date_operator(std::string_view name) {
  using enum DateOperator;
  constexpr std::array<std::pair<std::string_view, DateOperator>, 7> kNames{{
      {"dateOn", on},
      {"dateNotOn", not_on},
      {"dateBefore", before},
      {"dateNotBefore", not_before},
      {"dateAfter", after},
      {"dateNotAfter", not_after},
      {"dateBetween", between},
  }};
  if (name.starts_with('$')) name.remove_prefix(1);
  for (const auto& [text, op] : kNames) {
    if (text == name) return op;
  }
  return std::nullopt;
}

DateCondition date_filter_condition(DateOperator op, const DateRange& range) {
  using enum DateCondition::Test;
  switch (op) {
    case DateOperator::on:
    case DateOperator::between:
      return range.instant ? DateCondition{equal, range.start}
                           : DateCondition{within, range.start, range.end};
    case DateOperator::not_on:
      return range.instant ? DateCondition{not_equal, range.start}
                           : DateCondition{outside, range.start, range.end};
    case DateOperator::before:
      return {less, range.start};
    case DateOperator::not_before:
      return {at_least, range.start};
    case DateOperator::after:
      return range.instant ? DateCondition{greater, range.start} : DateCondition{at_least, range.end};
    case DateOperator::not_after:
      return range.instant ? DateCondition{at_most, range.start} : DateCondition{less, range.end};
  }
  return {};
}

}  // namespace flotilla::data
