#include "cluster/schedule/cron.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <sstream>

#include "base/error.hpp"
#include "cluster/schedule/cron_field.hpp"

namespace flotilla::cluster {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr CronField kSecond{"second", 0, 59}, kMinute{"minute", 0, 59}, kHour{"hour", 0, 23},
    kDay{"day", 1, 31}, kMonth{"month", 1, 12, kMonths, 1}, kWeekday{"weekday", 0, 7, kDays, 0};
constexpr int kYearsAhead = 5;

template <std::size_t N>
void fill(std::bitset<N>& bits, const std::vector<int>& numbers) {
  for (int number : numbers) bits.set(static_cast<std::size_t>(number) % N);
}

const date::time_zone* find_zone(std::string_view zone) {
  try {
    return date::locate_zone(std::string(zone));
  } catch (const std::exception&) {
    throw bad_request(fmt::format("cron: \"{}\" is no time zone that this machine knows", zone));
  }
}

/// The instant of a local time: the end of a gap for one that does not exist, the first of two for one that
/// repeats.
date::sys_seconds instant(const date::time_zone& zone, date::local_seconds local) {
  const date::local_info info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return info.second.begin;
  return date::sys_seconds{local.time_since_epoch()} - info.first.offset;
}

}  // namespace

Cron Cron::parse(std::string_view text, std::string_view zone) {
  std::istringstream words{std::string(text)};
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  if (fields.size() != 5 && fields.size() != 6)
    throw bad_request(fmt::format(
        "cron: takes 5 fields (minute hour day month weekday) or 6 (second first), got \"{}\"", text));
  if (fields.size() == 5) fields.insert(fields.begin(), "0");
  find_zone(zone);
  Cron out;
  out.zone_ = zone;
  fill(out.seconds_, parse_cron_field(kSecond, fields[0]));
  fill(out.minutes_, parse_cron_field(kMinute, fields[1]));
  fill(out.hours_, parse_cron_field(kHour, fields[2]));
  fill(out.days_, parse_cron_field(kDay, fields[3]));
  fill(out.months_, parse_cron_field(kMonth, fields[4]));
  fill(out.weekdays_, parse_cron_field(kWeekday, fields[5]));
  // As crontab(5): a field that begins with a star does not restrict.
  out.any_day_ = fields[3].starts_with('*');
  out.any_weekday_ = fields[5].starts_with('*');
  return out;
}

std::optional<UnixMs> Cron::next(UnixMs from) const {
  const date::time_zone& zone = *find_zone(zone_);
  const date::sys_seconds after = date::floor<std::chrono::seconds>(from);
  const date::local_seconds start = zone.to_local(after);
  date::local_days day = date::floor<date::days>(start);
  const date::local_days last = day + date::days{366 * kYearsAhead};
  for (; day <= last; day += date::days{1}) {
    if (!due_on(day)) continue;
    for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
      if (!hours_.test(hour)) continue;
      if (day + std::chrono::hours{hour + 1} <= start) continue;
      for (std::size_t minute = 0; minute < minutes_.size(); ++minute) {
        if (!minutes_.test(minute)) continue;
        for (std::size_t second = 0; second < seconds_.size(); ++second) {
          if (!seconds_.test(second)) continue;
          const date::local_seconds local =
              day + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
          // The instants of local times never fall, hence those up to `start` are not after it.
          if (local <= start) continue;
          const date::sys_seconds due = instant(zone, local);
          if (due > after) return UnixMs{due.time_since_epoch()};
        }
      }
    }
  }
  return std::nullopt;
}

bool Cron::due_on(date::local_days day) const {
  const date::year_month_day date{day};
  if (!months_.test(static_cast<unsigned>(date.month()))) return false;
  const bool by_day = days_.test(static_cast<unsigned>(date.day()));
  const bool by_weekday = weekdays_.test(date::weekday{day}.c_encoding());
  if (any_day_ || any_weekday_) return by_day && by_weekday;
  return by_day || by_weekday;
}

}  // namespace flotilla::cluster
