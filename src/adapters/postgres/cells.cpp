#include "adapters/postgres/cells.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <cstring>
#include <string>

#include "data/value/date_time.hpp"

namespace flotilla::postgres {
namespace {

using Kind = data::Cell::Kind;

// Of pg_type.h, the same in every version.
enum Type : unsigned {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kOid = 26,
  kFloat4 = 700,
  kFloat8 = 701,
  kTimestampTz = 1184,
};

template <class T>
bool read(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

void add_bytes(data::Rows& rows, std::string_view text) {
  std::string bytes;
  text.remove_prefix(2);  // \x
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  rows.add_bytes(Kind::blob, bytes);
}

/// `2024-03-04 05:06:07.089123+00`, with a fraction of up to six digits or none.
void add_instant(data::Rows& rows, std::string_view text) {
  constexpr std::size_t kSeconds = 19, kZone = 3;
  if (text.size() >= kSeconds + kZone && text.size() <= kSeconds + 7 + kZone && text[4] == '-' &&
      text[10] == ' ' && text.ends_with("+00")) [[likely]] {
    char out[30];
    std::memcpy(out, text.data(), kSeconds);
    std::memcpy(out + kSeconds, ".000 +00:00", 11);
    const std::size_t fraction = text.size() - kSeconds - kZone;
    if (fraction > 1)
      std::memcpy(out + kSeconds + 1, text.data() + kSeconds + 1, std::min<std::size_t>(3, fraction - 1));
    return rows.add_bytes(Kind::text, {out, sizeof out});
  }
  // Years beyond 9999 have more digits: ISO 8601 wants a sign in front of six of them.
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos && dash > 4 && dash <= 6 && text.ends_with("+00")) {
    std::string iso = "+" + std::string(6 - dash, '0') + std::string(text);
    if (auto ms = data::parse_instant(iso, 0)) return rows.add_bytes(Kind::text, data::storage_text(*ms));
  }
  rows.add_bytes(Kind::text, text);  // infinity, or before our era
}

}  // namespace

void add_cell(data::Rows& rows, unsigned type, std::string_view text) {
  switch (type) {
    case kBool:
      return rows.add_integer(text == "t" ? 1 : 0);
    case kInt2:
    case kInt4:
    case kInt8:
    case kOid:
      if (std::int64_t value = 0; read(text, value)) return rows.add_integer(value);
      break;
    case kFloat4:
    case kFloat8:
      if (double value = 0; read(text, value)) return rows.add_real(value);
      break;
    case kBytea:
      if (text.starts_with("\\x")) return add_bytes(rows, text);
      break;
    case kTimestampTz:
      return add_instant(rows, text);
    default:
      break;
  }
  rows.add_bytes(Kind::text, text);
}

data::Rows rows_of(const pg_result* result) {
  const int columns = PQnfields(result), size = PQntuples(result);
  std::vector<std::string> names;
  std::vector<unsigned> types;
  for (int c = 0; c < columns; ++c) {
    names.emplace_back(PQfname(result, c));
    types.push_back(PQftype(result, c));
  }
  data::Rows rows;
  rows.set_columns(std::move(names));
  for (int r = 0; r < size; ++r)
    for (int c = 0; c < columns; ++c) {
      if (PQgetisnull(result, r, c))
        rows.add_null();
      else
        add_cell(rows, types[static_cast<std::size_t>(c)],
                 {PQgetvalue(result, r, c), static_cast<std::size_t>(PQgetlength(result, r, c))});
    }
  return rows;
}

}  // namespace flotilla::postgres
