#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.hpp"

namespace flotilla::data {

/// The value of `{{$date.<name>}}`, a value that parse_date_range() reads:
///   now                                         ISO text of the instant
///   today, yesterday, tomorrow                  `2023-01-12+08:00`
///   this, last or next + Week, IsoWeek, Month, Quarter, Year   text of that unit and the offset; Week starts
///   on Sunday last7Days, next7Days, likewise 30 and 90    [from, to, "[)", offset]; last includes today,
///   next starts tomorrow
/// `*known` is false, and the value null, for any other name.
Json relative_date(std::string_view name, std::int64_t now_ms, int offset_minutes, bool* known);

}  // namespace flotilla::data
