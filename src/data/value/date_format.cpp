#include "data/value/date_format.hpp"

#include <array>

#include "data/value/calendar.hpp"
#include "data/value/zone.hpp"

namespace flotilla::data {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                "Friday", "Saturday", "Sunday"};

struct Moment {
  std::int64_t ms;
  int offset_minutes;
  CivilTime time;
};

std::string padded(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return value < 0 ? "-" + digits : digits;
}

std::string ordinal(unsigned day) {
  const bool teen = day / 10 == 1;
  const char* suffix = teen            ? "th"
                       : day % 10 == 1 ? "st"
                       : day % 10 == 2 ? "nd"
                       : day % 10 == 3 ? "rd"
                                       : "th";
  return std::to_string(day) + suffix;
}

unsigned twelve(unsigned hour) { return hour % 12 == 0 ? 12 : hour % 12; }
unsigned one_to_24(unsigned hour) { return hour == 0 ? 24 : hour; }

std::string zone_without_colon(int minutes) { return format_offset(minutes).erase(3, 1); }

using Write = std::string (*)(const Moment&);
struct Token {
  std::string_view text;
  Write write;
};

// Longer tokens first: the first that fits is taken.
constexpr std::array<Token, 37> kTokens{{
    {"YYYY", [](const Moment& m) { return padded(m.time.date.year, 4); }},
    {"GGGG", [](const Moment& m) { return padded(iso_week(m.time.days).year, 4); }},
    {"gggg", [](const Moment& m) { return padded(sunday_week(m.time.days).year, 4); }},
    {"MMMM", [](const Moment& m) { return std::string(kMonths[m.time.date.month - 1]); }},
    {"dddd", [](const Moment& m) { return std::string(kDays[iso_weekday(m.time.days) - 1]); }},
    {"MMM", [](const Moment& m) { return std::string(kMonths[m.time.date.month - 1].substr(0, 3)); }},
    {"ddd", [](const Moment& m) { return std::string(kDays[iso_weekday(m.time.days) - 1].substr(0, 3)); }},
    {"SSS", [](const Moment& m) { return padded(m.time.millisecond, 3); }},
    {"YY", [](const Moment& m) { return padded((m.time.date.year % 100 + 100) % 100, 2); }},
    {"MM", [](const Moment& m) { return padded(m.time.date.month, 2); }},
    {"DD", [](const Moment& m) { return padded(m.time.date.day, 2); }},
    {"Do", [](const Moment& m) { return ordinal(m.time.date.day); }},
    {"dd", [](const Moment& m) { return std::string(kDays[iso_weekday(m.time.days) - 1].substr(0, 2)); }},
    {"HH", [](const Moment& m) { return padded(m.time.hour, 2); }},
    {"hh", [](const Moment& m) { return padded(twelve(m.time.hour), 2); }},
    {"kk", [](const Moment& m) { return padded(one_to_24(m.time.hour), 2); }},
    {"mm", [](const Moment& m) { return padded(m.time.minute, 2); }},
    {"ss", [](const Moment& m) { return padded(m.time.second, 2); }},
    {"WW", [](const Moment& m) { return padded(iso_week(m.time.days).week, 2); }},
    {"ww", [](const Moment& m) { return padded(sunday_week(m.time.days).week, 2); }},
    {"ZZ", [](const Moment& m) { return zone_without_colon(m.offset_minutes); }},
    {"M", [](const Moment& m) { return padded(m.time.date.month, 1); }},
    {"D", [](const Moment& m) { return padded(m.time.date.day, 1); }},
    {"d", [](const Moment& m) { return padded(iso_weekday(m.time.days) % 7, 1); }},
    {"H", [](const Moment& m) { return padded(m.time.hour, 1); }},
    {"h", [](const Moment& m) { return padded(twelve(m.time.hour), 1); }},
    {"k", [](const Moment& m) { return padded(one_to_24(m.time.hour), 1); }},
    {"m", [](const Moment& m) { return padded(m.time.minute, 1); }},
    {"s", [](const Moment& m) { return padded(m.time.second, 1); }},
    {"A", [](const Moment& m) { return std::string(m.time.hour < 12 ? "AM" : "PM"); }},
    {"a", [](const Moment& m) { return std::string(m.time.hour < 12 ? "am" : "pm"); }},
    {"Q", [](const Moment& m) { return padded((m.time.date.month - 1) / 3 + 1, 1); }},
    {"W", [](const Moment& m) { return padded(iso_week(m.time.days).week, 1); }},
    {"w", [](const Moment& m) { return padded(sunday_week(m.time.days).week, 1); }},
    {"Z", [](const Moment& m) { return format_offset(m.offset_minutes); }},
    {"X", [](const Moment& m) { return std::to_string(floor_divide(m.ms, 1000)); }},
    {"x", [](const Moment& m) { return std::to_string(m.ms); }},
}};

const Token* token_at(std::string_view pattern) {
  for (const Token& token : kTokens) {
    if (pattern.starts_with(token.text)) return &token;
  }
  return nullptr;
}

}  // namespace

std::string format_date(std::int64_t ms, std::string_view pattern, int offset_minutes) {
  const Moment moment{ms, offset_minutes, civil_time(to_wall(ms, offset_minutes))};
  std::string out;
  while (!pattern.empty()) {
    if (pattern.front() == '[') {
      if (std::size_t end = pattern.find(']'); end != pattern.npos) {
        out += pattern.substr(1, end - 1);
        pattern.remove_prefix(end + 1);
        continue;
      }
    }
    if (const Token* token = token_at(pattern)) {
      out += token->write(moment);
      pattern.remove_prefix(token->text.size());
    } else {
      out += pattern.front();
      pattern.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace flotilla::data
