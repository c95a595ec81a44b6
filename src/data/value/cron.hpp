#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace flotilla::data {

/// A cron expression: minute, hour, day of month, month, day of week; six fields have seconds in front. A
/// field is
/// `*` or `?`, a number, a range `a-b`, each with a step `/n`, or a list of those; months and days of week
/// also by three letters; Sunday is 0 and 7. When both days are restricted, one of them is enough (POSIX
/// crontab).
class Cron {
 public:
  /// Nothing when `expression` is none.
  static std::optional<Cron> parse(std::string_view expression);

  /// The first matching instant later than `after_ms` and not later than `until_ms`, on the wall clock of
  /// `offset_minutes`. It looks ahead at most kYearsMax years.
  std::optional<std::int64_t> next(std::int64_t after_ms, std::int64_t until_ms, int offset_minutes) const;

  /// February 29 on a given weekday comes back after 40 years at the latest.
  static constexpr int kYearsMax = 41;

 private:
  bool matches_day(std::int64_t days) const;
  std::optional<unsigned> first_second_from(unsigned second_of_day) const;

  std::uint64_t seconds_ = 1, minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
  bool any_day_ = false, any_weekday_ = false;
};

}  // namespace flotilla::data
