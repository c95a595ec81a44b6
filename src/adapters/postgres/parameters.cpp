#include "adapters/postgres/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "adapters/postgres/postgres_dialect.hpp"
#include "data/sql/database.hpp"

namespace flotilla::postgres {
namespace {

using data::SqlError;

constexpr int kText = 0, kBinary = 1;
constexpr std::size_t kMaxValues = 65'535;  // a 16-bit count in the protocol

template <class T>
void write_number(char (&out)[32], T value) {
  *std::to_chars(out, out + sizeof out - 1, value).ptr = '\0';
}

const char* text_of_double(char (&out)[32], double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  write_number(out, value);
  return out;
}

}  // namespace

void Parameters::set(const std::vector<data::Param>& values) {
  if (values.size() > kMaxValues)
    throw SqlError(
        SqlError::Kind::invalid_value,
        fmt::format("a statement takes at most {} values, {} were given", kMaxValues, values.size()));
  values_.assign(values.size(), nullptr);
  lengths_.assign(values.size(), 0);
  formats_.assign(values.size(), kText);
  numbers_.resize(values.size());
  struct Writer {
    Parameters& to;
    std::size_t at;
    void operator()(std::monostate) {}
    // Read by boolean columns and by those of numbers alike.
    void operator()(bool v) { to.values_[at] = v ? "1" : "0"; }
    void operator()(std::int64_t v) {
      write_number(to.numbers_[at].text, v);
      to.values_[at] = to.numbers_[at].text;
    }
    void operator()(double v) { to.values_[at] = text_of_double(to.numbers_[at].text, v); }
    void operator()(const data::Instant& v) { (*this)(v.text); }
    void operator()(const std::string& v) {
      if (v.find('\0') != std::string::npos)
        throw SqlError(SqlError::Kind::invalid_value, "a text with a NUL character cannot be stored");
      to.values_[at] = v.c_str();
    }
    void operator()(const data::Blob& v) {
      if (v.bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw SqlError(SqlError::Kind::invalid_value, "a value of 2 GiB or more cannot be stored");
      to.values_[at] = v.bytes.data();
      to.lengths_[at] = static_cast<int>(v.bytes.size());
      to.formats_[at] = kBinary;
    }
  };
  for (std::size_t i = 0; i < values.size(); ++i) std::visit(Writer{*this, i}, values[i]);
}

void check_values(const data::Fragment& sql) {
  const auto wanted = std::ranges::count(sql.text, data::Fragment::kPlaceholder);
  if (static_cast<std::size_t>(wanted) != sql.params.size())
    throw SqlError(SqlError::Kind::other, fmt::format("the SQL statement takes {} values, {} were given",
                                                      wanted, sql.params.size()));
}

std::string finished_text(std::string_view text) {
  std::string sql;
  sql.reserve(text.size() + 16);
  std::size_t index = 0;
  for (char c : text) {
    if (c == data::Fragment::kPlaceholder)
      postgres_dialect().write_placeholder(sql, index++);
    else
      sql += c;
  }
  return sql;
}

}  // namespace flotilla::postgres
