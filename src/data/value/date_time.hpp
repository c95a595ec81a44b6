#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flotilla::data {

// Instants are unix milliseconds, offsets minutes east of UTC. Everything here is pure and thread-safe.

/// The instants that an ECMAScript Date can hold: 8.64e15 ms around 1970.
inline constexpr std::int64_t kInstantMax = 8'640'000'000'000'000;

/// Reads ISO 8601 as ECMAScript's date-time string does (`2024-03-04T05:06:07.089Z`,
/// `+056315-11-15T07:06:40Z`), and besides: a space instead of T, offsets without a colon or with hours only,
/// a space before the offset, and date-only text with an offset. Text without an offset is read in
/// `offset_minutes`; a date alone is its midnight. Nothing when a part is out of range (Feb 30, 25:00, offset
/// +24:00) or anything follows.
std::optional<std::int64_t> parse_instant(std::string_view text, int offset_minutes);

/// Appends `2024-03-04T05:06:07.089Z`; years outside 0-9999 get a sign and at least six digits.
void append_iso(std::string& out, std::int64_t ms);
std::string iso_text(std::int64_t ms);

std::string wall_clock(std::int64_t ms, int offset_minutes);  ///< `YYYY-MM-DD HH:mm:ss`
std::string date_text(std::int64_t ms, int offset_minutes);   ///< `YYYY-MM-DD`

/// How SQLite columns hold instants: `2024-03-04 05:06:07.089 +00:00`. Sorts by time for years 0-9999.
std::string storage_text(std::int64_t ms);
/// Reads storage_text() and everything that parse_instant() reads, at +00:00.
std::optional<std::int64_t> parse_storage(std::string_view text);

/// `YYYY-MM-DD` of a day that exists.
bool is_date_text(std::string_view text);
/// `10:00`, `9:05:30`, `23:59:59.5`.
bool is_time_text(std::string_view text);
/// `9:05` -> `09:05:00`; a fraction is kept up to microseconds. Nothing when it is no time of a day.
std::optional<std::string> normalize_time(std::string_view text);

}  // namespace flotilla::data
