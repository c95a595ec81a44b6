// PostgresDialect::format_date: a pattern of day.js in PostgreSQL's words.
#include <fmt/format.h>

#include <array>

#include "adapters/postgres/postgres_dialect.hpp"
#include "data/value/zone.hpp"

namespace flotilla::postgres {
namespace {

using data::ColumnKind;

/// How a token is written: inside a format of to_char, or, when `format` is null, as an expression in which
/// {0} is the time and {1} the Saturday of its week (weeks from Sunday to Saturday belong to its year).
struct Token {
  std::string_view text;
  const char* format;
  const char* expression;
};

// Longer tokens first: the first that fits is taken.
constexpr std::array<Token, 33> kTokens{{
    {"YYYY", "YYYY", nullptr},
    {"GGGG", "IYYY", nullptr},
    {"gggg", nullptr, "to_char({1}, 'YYYY')"},
    {"MMMM", "FMMonth", nullptr},
    {"dddd", "FMDay", nullptr},
    {"MMM", "Mon", nullptr},
    {"ddd", "Dy", nullptr},
    {"SSS", "MS", nullptr},
    {"YY", "YY", nullptr},
    {"MM", "MM", nullptr},
    {"DD", "DD", nullptr},
    {"Do", "FMDDth", nullptr},
    {"dd", nullptr, "left(to_char({0}, 'Dy'), 2)"},
    {"HH", "HH24", nullptr},
    {"hh", "HH12", nullptr},
    {"kk", nullptr,
     "lpad((CASE extract(hour FROM {0}) WHEN 0 THEN 24 ELSE extract(hour FROM {0}) END)::int::text, 2, '0')"},
    {"mm", "MI", nullptr},
    {"ss", "SS", nullptr},
    {"WW", "IW", nullptr},
    {"ww", nullptr, "lpad(ceil(extract(doy FROM {1}) / 7)::int::text, 2, '0')"},
    {"M", "FMMM", nullptr},
    {"D", "FMDD", nullptr},
    {"d", nullptr, "extract(dow FROM {0})::int::text"},
    {"H", "FMHH24", nullptr},
    {"h", "FMHH12", nullptr},
    {"k", nullptr, "(CASE extract(hour FROM {0}) WHEN 0 THEN 24 ELSE extract(hour FROM {0}) END)::int::text"},
    {"m", "FMMI", nullptr},
    {"s", "FMSS", nullptr},
    {"A", "AM", nullptr},
    {"a", "am", nullptr},
    {"Q", "Q", nullptr},
    {"W", "FMIW", nullptr},
    {"w", nullptr, "ceil(extract(doy FROM {1}) / 7)::int::text"},
}};

/// The wall clock that is to be written, as a timestamp; empty when the column holds no date.
std::string wall_clock(std::string_view column, ColumnKind kind, int offset_minutes) {
  auto at_offset = [&](std::string instant) {
    return fmt::format("({} AT TIME ZONE 'UTC' + INTERVAL '{} minutes')", instant, offset_minutes);
  };
  switch (kind) {
    case ColumnKind::timestamp_tz:
      return at_offset(std::string(column));
    case ColumnKind::timestamp:
    case ColumnKind::date:
      return fmt::format("CAST({} AS TIMESTAMP)", column);
    case ColumnKind::integer:
    case ColumnKind::bigint:
      // Smaller numbers are seconds, larger ones milliseconds.
      return at_offset(fmt::format(
          "to_timestamp(CASE WHEN abs({0}) < 100000000000 THEN {0} ELSE {0} / 1000.0 END)", column));
    default:
      return {};
  }
}

/// Parts of one text, each an expression; words that to_char knows share one call.
class Pieces {
 public:
  Pieces(std::string local, int offset_minutes)
      : local_(std::move(local)),
        saturday_(fmt::format("({0} + INTERVAL '1 day' * (6 - extract(dow FROM {0})))", local_)),
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
    if (format_.empty() && out_.empty()) return fmt::format("to_char({}, '')", local_);
    close();
    return "(" + out_ + ")";
  }

 private:
  /// Takes what the pattern begins with; answers its length.
  std::size_t token(std::string_view pattern) {
    for (const Token& token : kTokens) {
      if (!pattern.starts_with(token.text)) continue;
      if (token.format)
        word(token.format);
      else
        expression(fmt::format(fmt::runtime(token.expression), local_, saturday_));
      return token.text.size();
    }
    const std::string offset = data::format_offset(offset_minutes_);
    const std::string epoch =
        fmt::format("extract(epoch FROM {} - INTERVAL '{} minutes')", local_, offset_minutes_);
    if (pattern.starts_with("ZZ")) {
      for (char c : offset)
        if (c != ':') literal(c);
      return 2;
    }
    if (pattern.front() == 'Z')
      for (char c : offset) literal(c);
    else if (pattern.front() == 'X')
      expression(fmt::format("floor({})::bigint::text", epoch));
    else if (pattern.front() == 'x')
      expression(fmt::format("floor({} * 1000)::bigint::text", epoch));
    else
      literal(pattern.front());
    return 1;
  }

  void word(std::string_view format) {
    if (in_quotes_) format_ += '"';
    in_quotes_ = false;
    format_ += format;
  }
  void literal(char c) {
    if (!in_quotes_) format_ += '"';
    in_quotes_ = true;
    if (c == '"' || c == '\\') format_ += '\\';
    format_ += c;
  }
  void expression(const std::string& sql) {
    close();
    if (!out_.empty()) out_ += " || ";
    out_ += sql;
  }
  void close() {
    if (in_quotes_) format_ += '"';
    in_quotes_ = false;
    if (format_.empty()) return;
    if (!out_.empty()) out_ += " || ";
    out_ += fmt::format("to_char({}, {})", local_, text_literal(format_, "a date format"));
    format_.clear();
  }

  const std::string local_;
  const std::string saturday_;
  const int offset_minutes_;
  std::string out_;
  std::string format_;
  bool in_quotes_ = false;
};

}  // namespace

data::Fragment PostgresDialect::format_date(std::string_view column, ColumnKind kind,
                                            std::string_view pattern, int offset_minutes) const {
  // The pattern is part of the text and not bound: what is selected and what is grouped by must be the same
  // words.
  const bool instant = kind != ColumnKind::timestamp && kind != ColumnKind::date;
  if (!instant) offset_minutes = 0;
  std::string local = wall_clock(column, kind, offset_minutes);
  if (local.empty()) return "CAST(NULL AS TEXT)";
  Pieces pieces(std::move(local), offset_minutes);
  pieces.add(pattern);
  return pieces.text();
}

}  // namespace flotilla::postgres
