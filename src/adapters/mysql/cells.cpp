#include "adapters/mysql/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

#include "adapters/mysql/handles.hpp"
#include "data/sql/database.hpp"

namespace flotilla::mysql {
namespace {

using Kind = data::Cell::Kind;

constexpr unsigned kBinaryCharacters = 63;
/// `decimals` of an expression whose number of digits is not fixed.
constexpr unsigned kNoFixedDecimals = 31;

template <class T>
bool read(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool is_fractional(const MYSQL_FIELD& field) {
  return field.decimals > 0 && field.decimals < kNoFixedDecimals;
}

/// `2024-03-04 05:06:07.089123`, with a fraction of one to six digits.
void add_instant(data::Rows& rows, std::string_view text) {
  constexpr std::size_t kSeconds = 19;
  if (text.size() <= kSeconds + 1) return rows.add_bytes(Kind::text, text);
  char out[30];
  std::memcpy(out, text.data(), kSeconds);
  std::memcpy(out + kSeconds, ".000 +00:00", 11);
  std::memcpy(out + kSeconds + 1, text.data() + kSeconds + 1,
              std::min<std::size_t>(3, text.size() - kSeconds - 1));
  rows.add_bytes(Kind::text, {out, sizeof out});
}

/// Buffers into which one column of a prepared statement is fetched.
struct Column {
  union {
    long long whole;
    double real;
    float small;
    MYSQL_TIME time;
  } value{};
  std::vector<char> bytes;
  unsigned long length = 0;
  my_bool null = 0;
};

enum_field_types fetched_as(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_YEAR:
      return MYSQL_TYPE_LONGLONG;
    case MYSQL_TYPE_LONGLONG:
      return field.flags & UNSIGNED_FLAG ? MYSQL_TYPE_STRING : MYSQL_TYPE_LONGLONG;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_NULL:
      return field.type;
    default:
      return MYSQL_TYPE_STRING;
  }
}

std::size_t buffer_size(const MYSQL_FIELD& field) {
  // A number beyond 64 bits with a sign is written out.
  constexpr std::size_t kDigits = 24;
  return std::max<std::size_t>(field.max_length, kDigits);
}

void bind(MYSQL_BIND& bind, Column& column, const MYSQL_FIELD& field) {
  bind.buffer_type = fetched_as(field);
  bind.length = &column.length;
  bind.is_null = &column.null;
  if (bind.buffer_type == MYSQL_TYPE_STRING) {
    column.bytes.resize(buffer_size(field));
    bind.buffer = column.bytes.data();
    bind.buffer_length = column.bytes.size();
  } else {
    bind.buffer = &column.value;
    bind.buffer_length = sizeof column.value;
  }
}

std::string_view date_text(char (&out)[40], const MYSQL_TIME& t, const MYSQL_FIELD& field) {
  auto end = fmt::format_to(out, "{:04}-{:02}-{:02}", t.year, t.month, t.day);
  if (field.type != MYSQL_TYPE_DATE) {
    end = fmt::format_to(end, " {:02}:{:02}:{:02}", t.hour, t.minute, t.second);
    if (is_fractional(field)) end = fmt::format_to(end, ".{:06}", t.second_part);
  }
  return {out, end};
}

std::string_view time_text(char (&out)[40], const MYSQL_TIME& t, const MYSQL_FIELD& field) {
  auto end =
      fmt::format_to(out, "{}{:02}:{:02}:{:02}", t.neg ? "-" : "", t.day * 24 + t.hour, t.minute, t.second);
  if (is_fractional(field)) end = fmt::format_to(end, ".{:06}", t.second_part);
  return {out, end};
}

void add_fetched(data::Rows& rows, const Column& column, const MYSQL_FIELD& field) {
  char text[40];
  if (column.null || field.type == MYSQL_TYPE_NULL) return rows.add_null();
  switch (fetched_as(field)) {
    case MYSQL_TYPE_LONGLONG:
      return rows.add_integer(column.value.whole);
    case MYSQL_TYPE_DOUBLE:
      return rows.add_real(column.value.real);
    case MYSQL_TYPE_FLOAT: {
      // Its shortest decimal form is what was meant: 0.1 and not 0.10000000149.
      double value = 0;
      const auto end = std::to_chars(text, text + sizeof text, column.value.small).ptr;
      std::from_chars(text, end, value);
      return rows.add_real(value);
    }
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_DATE:
      return add_cell(rows, field, date_text(text, column.value.time, field));
    case MYSQL_TYPE_TIME:
      return add_cell(rows, field, time_text(text, column.value.time, field));
    default:
      return add_cell(rows, field, {column.bytes.data(), column.length});
  }
}

std::vector<std::string> names_of(const MYSQL_FIELD* fields, unsigned count) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < count; ++i) names.emplace_back(fields[i].name, fields[i].name_length);
  return names;
}

}  // namespace

void add_cell(data::Rows& rows, const MYSQL_FIELD& field, std::string_view text) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
      if (std::int64_t value = 0; read(text, value)) return rows.add_integer(value);
      break;
    case MYSQL_TYPE_BIT: {
      std::int64_t value = 0;
      for (unsigned char byte : text) value = value << 8 | byte;
      return rows.add_integer(value);
    }
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
      if (double value = 0; read(text, value)) return rows.add_real(value);
      break;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
      if (is_fractional(field)) return add_instant(rows, text);
      break;
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_STRING:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_VARCHAR:
      if (field.charsetnr == kBinaryCharacters) return rows.add_bytes(Kind::blob, text);
      break;
    default:
      break;
  }
  rows.add_bytes(Kind::text, text);
}

data::Rows rows_of(MYSQL_RES* result) {
  const unsigned columns = mysql_num_fields(result);
  const MYSQL_FIELD* fields = mysql_fetch_fields(result);
  data::Rows rows;
  rows.set_columns(names_of(fields, columns));
  while (const MYSQL_ROW row = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    for (unsigned c = 0; c < columns; ++c) {
      if (row[c])
        add_cell(rows, fields[c], {row[c], lengths[c]});
      else
        rows.add_null();
    }
  }
  return rows;
}

data::Rows rows_of(MYSQL_STMT* statement) {
  data::Rows rows;
  const ResultHandle metadata(mysql_stmt_result_metadata(statement));
  if (!metadata) return rows;
  const unsigned columns = mysql_num_fields(metadata.get());
  const MYSQL_FIELD* fields = mysql_fetch_fields(metadata.get());
  rows.set_columns(names_of(fields, columns));
  std::vector<Column> values(columns);
  std::vector<MYSQL_BIND> binds(columns);
  for (unsigned c = 0; c < columns; ++c) bind(binds[c], values[c], fields[c]);
  if (mysql_stmt_bind_result(statement, binds.data()))
    throw data::SqlError(data::SqlError::Kind::other, mysql_stmt_error(statement));
  for (;;) {
    const int got = mysql_stmt_fetch(statement);  // from memory: the result is stored
    if (got == MYSQL_NO_DATA) return rows;
    if (got != 0)
      throw data::SqlError(data::SqlError::Kind::other, got == MYSQL_DATA_TRUNCATED
                                                            ? "a value did not fit what the server announced"
                                                            : mysql_stmt_error(statement));
    for (unsigned c = 0; c < columns; ++c) add_fetched(rows, values[c], fields[c]);
  }
}

}  // namespace flotilla::mysql
