// The expressions of PostgresDialect, but for dates: those are in postgres_dates.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "adapters/postgres/postgres_dialect.hpp"

namespace flotilla::postgres {
namespace {

using data::Fragment;
using data::TextMatch;

std::string escaped_for_like(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// A backslash that nothing follows is an error to PostgreSQL; it stands for itself.
std::string closed_pattern(std::string_view pattern) {
  std::string out(pattern);
  const std::size_t last = pattern.find_last_not_of('\\');
  const std::size_t backslashes = pattern.size() - (last == std::string_view::npos ? 0 : last + 1);
  if (backslashes % 2 == 1) out += '\\';
  return out;
}

std::string as_jsonb(std::string_view column) { return fmt::format("({})::jsonb", column); }

/// The elements of a list as rows of one text; none where there is no list.
std::string elements_of(std::string_view column) {
  const std::string list = as_jsonb(column);
  return fmt::format(
      "jsonb_array_elements_text(CASE jsonb_typeof({0}) WHEN 'array' THEN {0} END) AS _each(v)", list);
}

std::string path_array(std::span<const std::string> path) {
  std::string out = "ARRAY[";
  for (const std::string& segment : path) {
    if (out.back() != '[') out += ',';
    out += text_literal(segment, "a path into JSON");
  }
  return out += "]::text[]";
}

void append_item(std::string& out, std::string_view item) {
  out += '"';
  for (char c : item) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

constexpr std::size_t kMinKeysForList = 3;

/// The keys as PostgreSQL writes an array; false when one of them has no form there.
bool write_keys(std::string& out, std::span<const data::Param> keys) {
  out = "{";
  for (const data::Param& key : keys) {
    if (out.size() > 1) out += ',';
    if (std::holds_alternative<std::monostate>(key))
      out += "NULL";
    else if (const auto* number = std::get_if<std::int64_t>(&key))
      out += std::to_string(*number);
    else if (const auto* text = std::get_if<std::string>(&key); text && text->find('\0') == std::string::npos)
      append_item(out, *text);
    else
      return false;
  }
  out += '}';
  return true;
}

}  // namespace

std::string array_text(std::span<const std::string> items) {
  std::string out = "{";
  for (const std::string& item : items) {
    if (out.size() > 1) out += ',';
    append_item(out, item);
  }
  return out += '}';
}

Fragment PostgresDialect::match_text(std::string_view column, TextMatch how, std::string_view value,
                                     bool negate) const {
  std::string pattern = escaped_for_like(value);
  if (how != TextMatch::ends_with) pattern += '%';
  if (how != TextMatch::starts_with) pattern.insert(0, 1, '%');
  return like(column, pattern, true, negate);
}

Fragment PostgresDialect::like(std::string_view column, std::string_view pattern, bool ignore_case,
                               bool negate) const {
  Fragment sql(
      fmt::format("{}{}{} ", cast_text(column), negate ? " NOT" : "", ignore_case ? " ILIKE" : " LIKE"));
  return sql.bind(closed_pattern(pattern));
}

Fragment PostgresDialect::regexp(std::string_view column, std::string_view pattern, bool negate) const {
  Fragment sql(fmt::format("{} {} ", cast_text(column), negate ? "!~" : "~"));
  return sql.bind(std::string(pattern));
}

std::string PostgresDialect::json_path(std::string_view column, std::span<const std::string> path) const {
  return fmt::format("({} #>> {})", column, path_array(path));
}

std::string PostgresDialect::json_number(std::string_view column, std::span<const std::string> path) const {
  const std::string place = fmt::format("{} #> {}", as_jsonb(column), path_array(path));
  return fmt::format("CASE WHEN jsonb_typeof({0}) = 'number' THEN ({0})::text::numeric END", place);
}

Fragment PostgresDialect::array_length(std::string_view column) const {
  return fmt::format(
      "CASE WHEN jsonb_typeof({0}) = 'array' THEN jsonb_array_length({0}) WHEN {1} IS NOT NULL THEN 0 END",
      as_jsonb(column), column);
}

Fragment PostgresDialect::array_any_of(std::string_view column, std::span<const std::string> values) const {
  Fragment sql(fmt::format("EXISTS (SELECT 1 FROM {} WHERE v = ANY(", elements_of(column)));
  sql.bind(array_text(values));
  return sql += "::text[]))";
}

Fragment PostgresDialect::array_same_set(std::string_view column, std::span<const std::string> values) const {
  const std::set<std::string> distinct(values.begin(), values.end());
  const std::vector<std::string> wanted(distinct.begin(), distinct.end());
  // Null, not false, when there is no list, so that the negation leaves the row out as well.
  Fragment sql(
      fmt::format("CASE WHEN jsonb_typeof({}) = 'array' THEN (SELECT count(DISTINCT v) = {} AND "
                  "coalesce(bool_and(coalesce(v, 'null') = ANY(",
                  as_jsonb(column), wanted.size()));
  sql.bind(array_text(wanted));
  return sql += fmt::format("::text[])), true) FROM {}) END", elements_of(column));
}

Fragment PostgresDialect::array_has(std::string_view column, std::string_view element) const {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE v = CAST({} AS TEXT))", elements_of(column), element);
}

Fragment PostgresDialect::in_keys(std::string_view column, std::vector<data::Param> keys) const {
  // One bound list keeps the text, and with it the prepared statement, the same for any number of keys.
  std::string list;
  if (keys.size() < kMinKeysForList || !write_keys(list, keys))
    return Dialect::in_keys(column, std::move(keys));
  Fragment sql(fmt::format("{} = ANY(", column));
  sql.bind(std::move(list));
  return sql += ")";
}

std::string PostgresDialect::order_by(std::string_view column, bool descending) const {
  return fmt::format("{} {} NULLS LAST", column, descending ? "DESC" : "ASC");
}

std::string PostgresDialect::limit(std::int64_t limit, std::int64_t offset) const {
  std::string out;
  if (limit >= 0) out = fmt::format("LIMIT {}", limit);
  if (offset > 0) out += fmt::format("{}OFFSET {}", out.empty() ? "" : " ", offset);
  return out;
}

std::string PostgresDialect::cast_text(std::string_view column) const {
  return fmt::format("CAST({} AS TEXT)", column);
}

}  // namespace flotilla::postgres
