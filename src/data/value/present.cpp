#include "data/value/present.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/strings.hpp"
#include "data/value/date_time.hpp"

namespace flotilla::data {
namespace {

void present_integer(JsonWriter& out, const Cell& cell) {
  if (cell.kind != Cell::Kind::integer)
    return cell.kind == Cell::Kind::real ? out.number(cell.real) : out.string(cell.text());
  if (cell.integer > kSafeIntegerMax || cell.integer < -kSafeIntegerMax)
    return out.string(std::to_string(cell.integer));
  out.integer(cell.integer);
}

void present_plain(JsonWriter& out, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::null:
      return out.null();
    case Cell::Kind::integer:
      return out.integer(cell.integer);
    case Cell::Kind::real:
      return out.number(cell.real);
    default:
      return out.string(cell.text());
  }
}

void present_instant(JsonWriter& out, const Cell& cell) {
  char buffer[40];
  std::int64_t ms = 0;
  if (cell.kind == Cell::Kind::text) {
    // `2024-03-04 05:06:07.089 +00:00` differs from ISO 8601 in two places only.
    std::string_view text = cell.text();
    if (text.size() == 30 && text.ends_with(" +00:00") && text[10] == ' ' && text[19] == '.') [[likely]] {
      buffer[0] = '"';
      text.copy(buffer + 1, 23);
      buffer[11] = 'T';
      buffer[24] = 'Z';
      buffer[25] = '"';
      return out.raw({buffer, 26});
    }
    auto parsed = parse_storage(text);
    if (!parsed) return out.string(text);
    ms = *parsed;
  } else {
    ms = cell.as_int();
  }
  std::string iso;
  append_iso(iso, ms);
  out.string(iso);
}

void present_json(JsonWriter& out, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::integer:
      return out.integer(cell.integer);
    case Cell::Kind::real:
      return out.number(cell.real);
    default:
      if (cell.size == 0) return out.null();
      out.raw(cell.text());
  }
}

/// As a text with `scale` digits after the point.
void present_decimal(JsonWriter& out, double number, int scale) {
  char text[512];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed, scale);
  out.string(error == std::errc() ? std::string_view(text, end) : fmt::format("{:.{}f}", number, scale));
}

}  // namespace

void present(JsonWriter& out, const Field& field, const Cell& cell) {
  // Hashes never leave the server; the key stays, for clients that expect it.
  if (cell.is_null() || field.type == FieldType::password) return out.null();
  switch (field.values) {
    case ValueClass::text:
      return cell.kind == Cell::Kind::text ? out.string(cell.text()) : out.string(cell.as_text());
    case ValueClass::integer:
      return present_integer(out, cell);
    case ValueClass::number:
      return cell.kind == Cell::Kind::text ? out.number(cell.as_double()) : present_plain(out, cell);
    case ValueClass::decimal:
      if (cell.kind == Cell::Kind::text) return out.string(cell.text());
      return field.scale > 0 ? present_decimal(out, cell.as_double(), field.scale)
                             : out.string(cell.as_text());
    case ValueClass::boolean:
      return out.boolean(cell.kind == Cell::Kind::text ? iequals(cell.text(), "true") || cell.text() == "t"
                                                       : cell.as_int() != 0);
    case ValueClass::json:
    case ValueClass::list:
      return present_json(out, cell);
    case ValueClass::instant:
      return present_instant(out, cell);
    case ValueClass::unix: {
      std::string iso;
      append_iso(iso, field.millis ? cell.as_int() : cell.as_int() * 1000);
      return out.string(iso);
    }
    default:
      return present_plain(out, cell);
  }
}

}  // namespace flotilla::data
