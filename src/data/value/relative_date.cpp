#include "data/value/relative_date.hpp"

#include <array>
#include <utility>

#include "data/value/calendar.hpp"
#include "data/value/date_format.hpp"
#include "data/value/date_time.hpp"
#include "data/value/zone.hpp"

namespace flotilla::data {
namespace {

std::string_view unit_pattern(CalendarUnit unit) {
  switch (unit) {
    case CalendarUnit::week:
      return "gggg[w]ww";
    case CalendarUnit::iso_week:
      return "GGGG[W]WW";
    case CalendarUnit::month:
      return "YYYY-MM";
    case CalendarUnit::quarter:
      return "YYYY[Q]Q";
    case CalendarUnit::year:
      return "YYYY";
    default:
      return "YYYY-MM-DD";
  }
}

/// Days of `last30Days` (negative) and `next30Days`; 0 for other names.
int span_days(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, int>, 6> kSpans{{{"last7Days", -7},
                                                                    {"last30Days", -30},
                                                                    {"last90Days", -90},
                                                                    {"next7Days", 7},
                                                                    {"next30Days", 30},
                                                                    {"next90Days", 90}}};
  for (const auto& [text, days] : kSpans) {
    if (text == name) return days;
  }
  return 0;
}

}  // namespace

Json relative_date(std::string_view name, std::int64_t now_ms, int offset_minutes, bool* known) {
  *known = true;
  if (name == "now") return Json(iso_text(now_ms));
  const std::int64_t wall = to_wall(now_ms, offset_minutes);
  const std::string offset = format_offset(offset_minutes);
  if (auto named = parse_named_unit(name)) {
    const std::int64_t start = add_units(named->unit, start_of(named->unit, wall), named->distance);
    return Json(format_date(start, unit_pattern(named->unit), 0) + offset);
  }
  if (const int days = span_days(name)) {
    const std::int64_t tomorrow = start_of(CalendarUnit::day, wall) + kDayMs;
    const std::int64_t other = tomorrow + days * kDayMs;
    const std::string from = date_text(days > 0 ? tomorrow : other, 0),
                      to = date_text(days > 0 ? other : tomorrow, 0);
    return JsonArray{Json(from), Json(to), Json("[)"), Json(offset)};
  }
  *known = false;
  return nullptr;
}

}  // namespace flotilla::data
