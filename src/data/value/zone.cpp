#include "data/value/zone.hpp"

#include <cstdint>
#include <cstdlib>

#include "data/value/text_cursor.hpp"

namespace flotilla::data {
namespace {

constexpr int kHoursMax = 23;
constexpr std::size_t kSuffixLength = 6;  // +HH:MM

}  // namespace

std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z" || text == "UTC" || text == "GMT") return 0;
  TextCursor in(text);
  const bool west = in.peek() == '-';
  std::int64_t hours = 0, minutes = 0;
  if (!in.accept_any("+-") || !in.digits(2, hours)) return std::nullopt;
  if (!in.done()) {
    in.accept(':');
    if (!in.digits(2, minutes) || !in.done()) return std::nullopt;
  }
  if (hours > kHoursMax || minutes > 59) return std::nullopt;
  const int total = static_cast<int>(hours * 60 + minutes);
  return west ? -total : total;
}

std::string format_offset(int minutes) {
  const int size = std::abs(minutes);
  std::string out = minutes < 0 ? "-" : "+";
  for (int part : {size / 60, size % 60}) {
    if (out.size() > 1) out += ':';
    out += static_cast<char>('0' + part / 10 % 10);
    out += static_cast<char>('0' + part % 10);
  }
  return out;
}

std::optional<int> take_offset_suffix(std::string_view& text) {
  if (text.size() <= kSuffixLength) return std::nullopt;
  std::string_view suffix = text.substr(text.size() - kSuffixLength);
  if (suffix[3] != ':') return std::nullopt;
  auto minutes = parse_offset(suffix);
  if (minutes) text.remove_suffix(kSuffixLength);
  return minutes;
}

}  // namespace flotilla::data
