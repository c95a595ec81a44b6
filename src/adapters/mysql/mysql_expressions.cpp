// The expressions of MysqlDialect, but for dates: those are in mysql_dates.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "adapters/mysql/mysql_dialect.hpp"
#include "base/json_writer.hpp"

namespace flotilla::mysql {
namespace {

using data::Fragment;
using data::TextMatch;

// Whatever a column compares by, here its bytes count.
constexpr std::string_view kBinary = " COLLATE /*M!100200 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";

std::string as_text(std::string_view column) {
  return fmt::format("CAST({} AS CHAR CHARACTER SET utf8mb4){}", column, kBinary);
}

std::string escaped_for_like(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// A backslash that nothing follows stands for itself.
std::string closed_pattern(std::string_view pattern) {
  std::string out(pattern);
  const std::size_t last = pattern.find_last_not_of('\\');
  const std::size_t backslashes = pattern.size() - (last == std::string_view::npos ? 0 : last + 1);
  if (backslashes % 2 == 1) out += '\\';
  return out;
}

std::string is_array(std::string_view column) { return fmt::format("JSON_TYPE({}) = 'ARRAY'", column); }

/// The elements of a list as rows of one text; none where there is no list. JSON null is SQL null.
std::string elements_of(std::string_view column) {
  return fmt::format(
      "JSON_TABLE(CASE WHEN {} THEN {} END, '$[*]' COLUMNS (v LONGTEXT PATH '$')) AS \"_each\"",
      is_array(column), column);
}

const std::string kElement = fmt::format("\"_each\".v{}", kBinary);

Fragment value_list(std::span<const std::string> values) {
  Fragment out = "(";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out.text += ", ";
    out.bind(values[i]);
  }
  // IN () is no SQL.
  return out += values.empty() ? "NULL)" : ")";
}

bool is_index(std::string_view segment) {
  return !segment.empty() && segment.size() < 10 &&
         std::ranges::all_of(segment, [](char c) { return c >= '0' && c <= '9'; });
}

std::string path_literal(std::string_view path) { return text_literal(path, "a path into JSON"); }

std::string member(std::string_view key) {
  std::string out = ".\"";
  for (char c : key) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

std::string extract(std::string_view column, std::string_view path) {
  return fmt::format("JSON_EXTRACT({}, {})", column, path_literal(path));
}

/// What is at the path, as JSON. A segment of digits may be a key or an index.
std::string at_path(std::string_view column, std::span<const std::string> path) {
  std::string by_key = "$", by_index = "$", guard;
  for (const std::string& segment : path) {
    by_key += member(segment);
    if (is_index(segment)) {
      // What is no array answers itself for [0].
      guard +=
          fmt::format("{}JSON_TYPE({}) = 'ARRAY'", guard.empty() ? "" : " AND ", extract(column, by_index));
      by_index += "[" + segment + "]";
    } else {
      by_index += member(segment);
    }
  }
  if (guard.empty()) return extract(column, by_key);
  return fmt::format("CASE WHEN {} THEN {} ELSE {} END", guard, extract(column, by_index),
                     extract(column, by_key));
}

constexpr std::size_t kMinKeysForList = 3, kMaxKeysBound = 4096;

/// The keys as a JSON array; false when one of them has no exact form there.
bool write_keys(std::string& out, std::span<const data::Param> keys, bool& texts) {
  JsonWriter json(out);
  texts = false;
  json.begin_array();
  for (const data::Param& key : keys) {
    if (const auto* number = std::get_if<std::int64_t>(&key)) {
      json.integer(*number);
    } else if (const auto* text = std::get_if<std::string>(&key)) {
      json.string(*text);
      texts = true;
    } else {
      return false;
    }
  }
  json.end_array();
  return true;
}

}  // namespace

Fragment MysqlDialect::match_text(std::string_view column, TextMatch how, std::string_view value,
                                  bool negate) const {
  std::string pattern = escaped_for_like(value);
  if (how != TextMatch::ends_with) pattern += '%';
  if (how != TextMatch::starts_with) pattern.insert(0, 1, '%');
  return like(column, pattern, true, negate);
}

Fragment MysqlDialect::like(std::string_view column, std::string_view pattern, bool ignore_case,
                            bool negate) const {
  const std::string text = as_text(column);
  Fragment sql(ignore_case ? fmt::format("LOWER({})", text) : text);
  sql += negate ? " NOT LIKE " : " LIKE ";
  if (ignore_case) sql += "LOWER(";
  sql.bind(closed_pattern(pattern));
  if (ignore_case) sql += ")";
  return sql += " ESCAPE '\\'";
}

Fragment MysqlDialect::regexp(std::string_view column, std::string_view pattern, bool negate) const {
  Fragment sql(as_text(column) + (negate ? " NOT REGEXP " : " REGEXP "));
  return sql.bind(std::string(pattern));
}

std::string MysqlDialect::json_path(std::string_view column, std::span<const std::string> path) const {
  const std::string place = at_path(column, path);
  return fmt::format("CASE WHEN JSON_TYPE({0}) <> 'NULL' THEN JSON_UNQUOTE({0}){1} END", place, kBinary);
}

std::string MysqlDialect::json_number(std::string_view column, std::span<const std::string> path) const {
  const std::string place = at_path(column, path);
  return fmt::format(
      "CASE WHEN JSON_TYPE({0}) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN {0} + 0 END",
      place);
}

Fragment MysqlDialect::array_length(std::string_view column) const {
  return fmt::format("CASE WHEN {} THEN JSON_LENGTH({}) WHEN {} IS NOT NULL THEN 0 END", is_array(column),
                     column, column);
}

Fragment MysqlDialect::array_any_of(std::string_view column, std::span<const std::string> values) const {
  Fragment sql(fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} IN ", elements_of(column), kElement));
  sql += value_list(values);
  return sql += ")";
}

Fragment MysqlDialect::array_same_set(std::string_view column, std::span<const std::string> values) const {
  const std::set<std::string> distinct(values.begin(), values.end());
  const std::vector<std::string> wanted(distinct.begin(), distinct.end());
  // Null, not false, when there is no list, so that the negation leaves the row out as well.
  Fragment sql(fmt::format("CASE WHEN {} THEN (SELECT COUNT(DISTINCT {}) = {} AND ", is_array(column),
                           kElement, wanted.size()));
  if (wanted.empty()) {
    sql += "COUNT(*) = 0";
  } else {
    sql += fmt::format("COALESCE(MIN(COALESCE({}, 'null') IN ", kElement);
    sql += value_list(wanted);
    sql += "), 1)";
  }
  return sql += fmt::format(" FROM {}) END", elements_of(column));
}

Fragment MysqlDialect::array_has(std::string_view column, std::string_view element) const {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} = {})", elements_of(column), kElement,
                     as_text(element));
}

Fragment MysqlDialect::in_keys(std::string_view column, std::vector<data::Param> keys) const {
  std::string list;
  bool texts = false;
  if (keys.size() < kMinKeysForList) return Dialect::in_keys(column, std::move(keys));
  if (keys.size() <= kMaxKeysBound || !write_keys(list, keys, texts)) {
    // The last one again and again: few sizes make few statements to prepare, and an index is used.
    keys.resize(std::bit_ceil(keys.size()), data::Param(keys.back()));
    return Dialect::in_keys(column, std::move(keys));
  }
  Fragment sql(fmt::format("{} IN (SELECT k FROM JSON_TABLE(", column));
  sql.bind(std::move(list));
  return sql += fmt::format(", '$[*]' COLUMNS (k {} PATH '$')) AS \"_keys\")",
                            texts ? "VARCHAR(1024) CHARACTER SET utf8mb4" : "BIGINT");
}

std::string MysqlDialect::order_by(std::string_view column, bool descending) const {
  return fmt::format("{0} IS NULL, {0} {1}", column, descending ? "DESC" : "ASC");
}

std::string MysqlDialect::limit(std::int64_t limit, std::int64_t offset) const {
  constexpr std::string_view kNone = "18446744073709551615";  // as MySQL's manual has it
  if (limit < 0 && offset <= 0) return {};
  std::string out = limit < 0 ? fmt::format("LIMIT {}", kNone) : fmt::format("LIMIT {}", limit);
  if (offset > 0) out += fmt::format(" OFFSET {}", offset);
  return out;
}

std::string MysqlDialect::cast_text(std::string_view column) const { return as_text(column); }

}  // namespace flotilla::mysql
