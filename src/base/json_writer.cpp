#include "base/json_writer.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace flotilla {
namespace {

constexpr auto kNeedsEscape = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

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
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto c = static_cast<unsigned char>(text[at]);
    if (!kNeedsEscape[c]) [[likely]]
      continue;
    out_.append(text, from, at - from);
    from = at + 1;
    switch (c) {
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
  out_.append(text, from, text.size() - from);
  out_ += '"';
}

}  // namespace flotilla
