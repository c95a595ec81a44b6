// MysqlDialect::format_date: a pattern of day.js in the words of DATE_FORMAT.
#include <fmt/format.h>

#include <array>

#include "adapters/mysql/mysql_dialect.hpp"
#include "data/value/zone.hpp"

namespace flotilla::mysql {
namespace {

using data::ColumnKind;

/// How a token is written: inside a format of DATE_FORMAT, or, when `format` is null, as an expression in
/// which {0} is the time and {1} the Saturday of its week (weeks from Sunday to Saturday belong to its year).
struct Token {
  std::string_view text;
  const char* format;
  const char* expression;
};

// Longer tokens first: the first that fits is taken.
constexpr std::array<Token, 33> kTokens{{
    {"YYYY", "%Y", nullptr},
    {"GGGG", "%x", nullptr},
    {"gggg", nullptr, "DATE_FORMAT({1}, '%Y')"},
    {"MMMM", "%M", nullptr},
    {"dddd", "%W", nullptr},
    {"MMM", "%b", nullptr},
    {"ddd", "%a", nullptr},
    {"SSS", nullptr, "LEFT(DATE_FORMAT({0}, '%f'), 3)"},
    {"YY", "%y", nullptr},
    {"MM", "%m", nullptr},
    {"DD", "%d", nullptr},
    {"Do", "%D", nullptr},
    {"dd", nullptr, "LEFT(DATE_FORMAT({0}, '%a'), 2)"},
    {"HH", "%H", nullptr},
    {"hh", "%h", nullptr},
    {"kk", nullptr, "LPAD(CASE HOUR({0}) WHEN 0 THEN 24 ELSE HOUR({0}) END, 2, '0')"},
    {"mm", "%i", nullptr},
    {"ss", "%s", nullptr},
    {"WW", "%v", nullptr},
    {"ww", nullptr, "LPAD(CEIL(DAYOFYEAR({1}) / 7), 2, '0')"},
    {"M", "%c", nullptr},
    {"D", "%e", nullptr},
    {"d", "%w", nullptr},
    {"H", "%k", nullptr},
    {"h", "%l", nullptr},
    {"k", nullptr, "CASE HOUR({0}) WHEN 0 THEN 24 ELSE HOUR({0}) END"},
    {"m", nullptr, "MINUTE({0})"},
    {"s", nullptr, "SECOND({0})"},
    {"A", "%p", nullptr},
    {"a", nullptr, "LOWER(DATE_FORMAT({0}, '%p'))"},
    {"Q", nullptr, "QUARTER({0})"},
    {"W", nullptr, "WEEK({0}, 3)"},
    {"w", nullptr, "CEIL(DAYOFYEAR({1}) / 7)"},
}};

constexpr std::string_view kEpoch = "TIMESTAMP'1970-01-01 00:00:00.000000'";

/// The wall clock that is to be written; empty when the column holds no date.
std::string wall_clock(std::string_view column, ColumnKind kind, int offset_minutes) {
  auto at_offset = [&](std::string instant) {
    return offset_minutes == 0 ? instant
                               : fmt::format("DATE_ADD({}, INTERVAL {} MINUTE)", instant, offset_minutes);
  };
  switch (kind) {
    case ColumnKind::timestamp_tz:
      return at_offset(std::string(column));
    case ColumnKind::timestamp:
    case ColumnKind::date:
      return std::string(column);
    case ColumnKind::integer:
    case ColumnKind::bigint:
      // Smaller numbers are seconds, larger ones milliseconds.
      return at_offset(
          fmt::format("DATE_ADD({1}, INTERVAL (CASE WHEN ABS({0}) < 100000000000 THEN {0} * 1000 "
                      "ELSE {0} END) * 1000 MICROSECOND)",
                      column, kEpoch));
    default:
      return {};
  }
}

/// Parts of one text, each an expression; words that DATE_FORMAT knows share one call.
class Pieces {
 public:
  Pieces(std::string local, int offset_minutes)
      : local_(std::move(local)),
        saturday_(fmt::format("DATE_ADD({0}, INTERVAL (7 - DAYOFWEEK({0})) DAY)", local_)),
        offset_minutes_(offset_minutes) {}

  void add(std::string_view pattern) {
    while (!pattern.empty()) {
      const std::size_t end = pattern.front() == '[' ? pattern.find(']') : std::string_view::npos;
      if (end != std::string_view::npos) {
        for (char c : pattern.substr(1, end - 1)) literal(c);
        pattern.remove_prefix(end + 1);
      } else {
        pattern.remove_prefix(token(pattern));
      }
    }
  }
  std::string text() {
    close();
    // CONCAT() makes a text of numbers, and null of null.
    return fmt::format("CONCAT({})", out_.empty() ? fmt::format("DATE_FORMAT({}, '')", local_) : out_);
  }

 private:
  /// Takes what the pattern begins with; answers its length.
  std::size_t token(std::string_view pattern) {
    for (const Token& token : kTokens) {
      if (!pattern.starts_with(token.text)) continue;
      if (token.format)
        format_ += token.format;
      else
        expression(fmt::format(fmt::runtime(token.expression), local_, saturday_));
      return token.text.size();
    }
    const std::string offset = data::format_offset(offset_minutes_);
    const std::string micros =
        fmt::format("(TIMESTAMPDIFF(MICROSECOND, {}, {}) - {} * 60000000)", kEpoch, local_, offset_minutes_);
    if (pattern.starts_with("ZZ")) {
      for (char c : offset)
        if (c != ':') literal(c);
      return 2;
    }
    if (pattern.front() == 'Z')
      for (char c : offset) literal(c);
    else if (pattern.front() == 'X')
      expression(fmt::format("FLOOR({} / 1000000)", micros));
    else if (pattern.front() == 'x')
      expression(fmt::format("FLOOR({} / 1000)", micros));
    else
      literal(pattern.front());
    return 1;
  }

  void literal(char c) {
    format_ += c;
    if (c == '%') format_ += c;
  }
  void expression(const std::string& sql) {
    close();
    if (!out_.empty()) out_ += ", ";
    out_ += sql;
  }
  void close() {
    if (format_.empty()) return;
    if (!out_.empty()) out_ += ", ";
    out_ += fmt::format("DATE_FORMAT({}, {})", local_, text_literal(format_, "a date format"));
    format_.clear();
  }

  const std::string local_;
  const std::string saturday_;
  const int offset_minutes_;
  std::string out_;
  std::string format_;
};

}  // namespace

data::Fragment MysqlDialect::format_date(std::string_view column, ColumnKind kind, std::string_view pattern,
                                         int offset_minutes) const {
  // The pattern is part of the text and not bound: what is selected and what is grouped by must be the same
  // words.
  const bool instant = kind != ColumnKind::timestamp && kind != ColumnKind::date;
  if (!instant) offset_minutes = 0;
  std::string local = wall_clock(column, kind, offset_minutes);
  if (local.empty()) return "CAST(NULL AS CHAR)";
  Pieces pieces(std::move(local), offset_minutes);
  pieces.add(pattern);
  return pieces.text();
}

}  // namespace flotilla::mysql
