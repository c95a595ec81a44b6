#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json.hpp"

namespace flotilla::data {

/// What the values of a column are, as far as dates are concerned.
enum class DateColumn {
  instant,     ///< compared as instants; texts are read in the request's zone
  wall_clock,  ///< no zone: an instant stands for its digits at +00:00, offsets in a value are ignored
  day,         ///< as wall_clock, and bounds fall on midnights
};

struct DateContext {
  std::int64_t now_ms = 0;
  int zone_minutes = 0;  ///< of the request; says which day `today` is, also for columns without a zone
  DateColumn column = DateColumn::instant;
};

/// [start, end) in unix milliseconds. An instant has end = start + 1, on a day column the next midnight.
struct DateRange {
  std::int64_t start = 0;
  std::int64_t end = 0;
  bool instant = false;
  bool operator==(const DateRange&) const = default;
};

/// Units counted by {type: past|next}.
inline constexpr std::int64_t kDateUnitsMax = 100'000;

/// Reads the value of a date operator (docs/reference/filter-operators.md):
///   text      `2023`, `2023Q1`, `2023-03`, `2023W01` (ISO week), `2023w01` (week from Sunday), `2023-01-12`,
///   with
///             `T12`, `12:23`, `12:23:59`, `12:23:59.326` behind a day, and `±HH:MM` behind any; an instant
///             ends in Z
///   interval  [start, end, brackets?, offset?] or `"[start,end)"`; brackets default to `[]`, the end unit
///   inclusive object    {type, unit?, number?}: today, yesterday, tomorrow, this|last|next +
///   Week|Month|Quarter|Year, past, next number    a year from 1000 to 9999, else unix milliseconds
/// Throws Error 400 `Invalid Date <value>`.
DateRange parse_date_range(const Json& value, const DateContext& context);

enum class DateOperator { on, not_on, before, not_before, after, not_after, between };

/// `$dateOn` or `dateOn`, and so on.
std::optional<DateOperator> parse_date_operator(std::string_view name);

/// What a column has to be. `equal` to `at_most` use `lower` only.
struct DateCondition {
  enum class Test { equal, not_equal, less, at_least, greater, at_most, within, outside };
  Test test = Test::equal;
  std::int64_t lower = 0;
  std::int64_t upper = 0;  ///< within: lower <= x < upper; outside: x < lower or x >= upper
  bool operator==(const DateCondition&) const = default;
};

DateCondition date_filter_condition(DateOperator op, const DateRange& range);

}  // namespace flotilla::data
