#pragma once

#include <date/date.h>

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace flotilla::cluster {

/// A cron expression as crontab(5) has it: minute hour day month weekday, with `*`, lists, ranges, steps and
/// English names; a sixth field in front is the second. When day and weekday are both restricted, either is
/// enough. Pure.
class Cron {
 public:
  /// `zone`: an IANA name, "UTC" by default. Throws Error 400 naming the field and the text.
  static Cron parse(std::string_view text, std::string_view zone = "UTC");
  /// The first due time after `from`; empty when there is none within five years (30 February). A local time
  /// that daylight saving skips is due at the end of the gap; one that it repeats is due the first time.
  /// Rules of zones are known up to 2037; after that they have no daylight saving.
  std::optional<UnixMs> next(UnixMs from) const;

 private:
  bool due_on(date::local_days day) const;

  std::bitset<60> seconds_, minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;  ///< 0 is Sunday
  bool any_day_ = true, any_weekday_ = true;
  std::string zone_;
};

}  // namespace flotilla::cluster
