#include "base/json_writer.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace flotilla {
namespace {

constexpr auto kNeedsEscape = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

/// The first character from `at` on that cannot stand in a JSON string as it is; eight at a time.
std::size_t plain_until(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = kOnes * 0x80;
  // Of words w: a byte's high bit is set where the byte is below n (n up to 128), and then maybe above it.
  auto below = [](std::uint64_t w, std::uint64_t n) { return (w - kOnes * n) & ~w; };
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t suspects =
        below(word, 0x20) | below(word ^ kOnes * '"', 1) | below(word ^ kOnes * '\\', 1);
    if ((suspects & kHighs) == 0) continue;
    for (std::size_t i = at; i < at + 8; ++i)
      if (kNeedsEscape[static_cast<unsigned char>(text[i])]) return i;
  }
  while (at < text.size() && !kNeedsEscape[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

}  // namespace

std::string JsonWriter::quoted_key(std::string_view name) {
  std::string out;
  JsonWriter writer(out);
  writer.quoted(name);
  out += ':';
  return out;
}

void JsonWriter::integer(std::int64_t value) {
  separate();
  char text[24];
  auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out_.append(text, end);
  fresh_ = false;
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  if (std::floor(value) == value && std::abs(value) < 9.0e15)
    return integer(static_cast<std::int64_t>(value));
  separate();
  char text[40];
  auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out_.append(text, end);
  fresh_ = false;
}

void JsonWriter::value(const Json& document) { raw(json::dump(document)); }

void JsonWriter::quoted(std::string_view text) {
  out_ += '"';
  for (std::size_t from = 0;;) {
    const std::size_t at = plain_until(text, from);
    out_.append(text, from, at - from);
    if (at == text.size()) break;
    from = at + 1;
    switch (const auto c = static_cast<unsigned char>(text[at])) {
      case '"':
        out_ += "\\\"";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\r':
        out_ += "\\r";
        break;
      case '\t':
        out_ += "\\t";
        break;
      case '\b':
        out_ += "\\b";
        break;
      case '\f':
        out_ += "\\f";
        break;
      default:
        fmt::format_to(std::back_inserter(out_), "\\u{:04x}", c);
    }
  }
  out_ += '"';
}

}  // namespace flotilla
