#include "adapters/mysql/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/sql/database.hpp"

namespace flotilla::mysql {
namespace {

using data::SqlError;

constexpr std::size_t kMaxValues = 65'535;  // a 16-bit count in the protocol

/// `2024-03-04 05:06:07.089`, the part of data::storage_text() that a DATETIME column takes.
constexpr std::size_t kInstantBytes = 23;

struct TypeWord {
  std::string_view standard;
  std::string_view here;
};
constexpr TypeWord kTypes[] = {{" AS BIGINT)", " AS SIGNED)"}, {" AS TEXT)", " AS CHAR)"}};

}  // namespace

void Parameters::set(const std::vector<data::Param>& values) {
  if (values.size() > kMaxValues)
    throw SqlError(
        SqlError::Kind::invalid_value,
        fmt::format("a statement takes at most {} values, {} were given", kMaxValues, values.size()));
  binds_.assign(values.size(), MYSQL_BIND{});
  numbers_.assign(values.size(), Number{});
  struct Writer {
    MYSQL_BIND& bind;
    Number& number;

    void operator()(std::monostate) { bind.buffer_type = MYSQL_TYPE_NULL; }
    void operator()(bool v) {
      number.flag = v ? 1 : 0;
      point_to_number(MYSQL_TYPE_TINY);
    }
    void operator()(std::int64_t v) {
      number.whole = v;
      point_to_number(MYSQL_TYPE_LONGLONG);
    }
    void operator()(double v) {
      number.real = v;
      point_to_number(MYSQL_TYPE_DOUBLE);
    }
    void operator()(const std::string& v) { point_to(MYSQL_TYPE_STRING, v); }
    void operator()(const data::Instant& v) {
      point_to(MYSQL_TYPE_STRING, std::string_view(v.text).substr(0, kInstantBytes));
    }
    void operator()(const data::Blob& v) { point_to(MYSQL_TYPE_BLOB, v.bytes); }

    void point_to_number(enum_field_types type) {
      bind.buffer_type = type;
      bind.buffer = &number;
    }
    void point_to(enum_field_types type, std::string_view bytes) {
      bind.buffer_type = type;
      // Connector/C reads from it only.
      bind.buffer = const_cast<char*>(bytes.data());
      bind.buffer_length = bytes.size();
    }
  };
  for (std::size_t i = 0; i < values.size(); ++i) std::visit(Writer{binds_[i], numbers_[i]}, values[i]);
}

void check_values(const data::Fragment& sql) {
  const auto wanted = std::ranges::count(sql.text, data::Fragment::kPlaceholder);
  if (static_cast<std::size_t>(wanted) != sql.params.size())
    throw SqlError(SqlError::Kind::other, fmt::format("the SQL statement takes {} values, {} were given",
                                                      wanted, sql.params.size()));
}

std::string finished_text(std::string_view text) {
  std::string sql;
  sql.reserve(text.size());
  char quote = '\0';  // the mark that what is read stands between
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (const auto type = std::ranges::find_if(
                   kTypes, [&](const TypeWord& word) { return text.substr(at).starts_with(word.standard); });
               type != std::end(kTypes)) {
      sql += type->here;
      at += type->standard.size() - 1;
      continue;
    }
    sql += c == data::Fragment::kPlaceholder ? '?' : c;
  }
  return sql;
}

}  // namespace flotilla::mysql
