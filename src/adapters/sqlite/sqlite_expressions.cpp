// The expressions of SqliteDialect.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "adapters/sqlite/sqlite_dialect.hpp"
#include "base/json_writer.hpp"

namespace flotilla::sqlite {
namespace {

using data::ColumnKind;
using data::Fragment;
using data::TextMatch;

Fragment not_if(bool negate, Fragment expression) {
  if (!negate) return expression;
  Fragment out = "(NOT ";
  out += expression;
  out.text += ")";
  return out;
}

std::string escaped_for_like(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// Rows from elsewhere may hold what is not JSON; one of them must not fail the whole query.
std::string valid_json(std::string_view column) {
  return fmt::format("CASE WHEN json_valid({0}) THEN {0} END", column);
}

// One element of a list as text; JSON null is SQL null.
constexpr std::string_view kElement = R"(CASE "_each".type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false')"
                                      R"( ELSE CAST("_each".value AS TEXT) END)";

std::string elements_of(std::string_view column) {
  return fmt::format(R"(json_each({}) AS "_each")", valid_json(column));
}

Fragment value_list(std::span<const std::string> values) {
  Fragment out = "(";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out.text += ", ";
    out.bind(values[i]);
  }
  out.text += ")";
  return out;
}

bool is_index(std::string_view segment) {
  return !segment.empty() && segment.size() < 10 &&
         std::ranges::all_of(segment, [](char c) { return c >= '0' && c <= '9'; });
}

std::string json_pointer(std::span<const std::string> path, bool numbers_are_indexes) {
  std::string out = "$";
  for (const std::string& segment : path)
    out += numbers_are_indexes && is_index(segment) ? "[" + segment + "]" : ".\"" + segment + "\"";
  return out;
}

// The pointer is part of the text and not bound: the same expression may stand several times in a condition.
std::string extract_text(std::string_view column, std::string_view pointer) {
  return fmt::format(
      "CASE json_type({0}, {1}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' "
      "ELSE CAST(json_extract({0}, {1}) AS TEXT) END",
      column, pointer);
}

std::string extract_number(std::string_view column, std::string_view pointer) {
  return fmt::format("CASE WHEN json_type({0}, {1}) IN ('integer', 'real') THEN json_extract({0}, {1}) END",
                     column, pointer);
}

/// A segment of digits may be a key or an index.
std::string at_path(std::string_view column, std::span<const std::string> path,
                    std::string (*extract)(std::string_view, std::string_view)) {
  // SQLite's paths have no way to write a quote inside a key.
  for (const std::string& segment : path)
    if (segment.find('"') != std::string::npos) return "NULL";
  constexpr std::string_view kWhat = "a path into JSON";
  const std::string by_key = text_literal(json_pointer(path, false), kWhat);
  const std::string by_index = text_literal(json_pointer(path, true), kWhat);
  std::string found = extract(column, by_key);
  if (by_key != by_index) found = fmt::format("coalesce({}, {})", extract(column, by_index), found);
  return fmt::format("CASE WHEN json_valid({}) THEN {} END", column, found);
}

constexpr std::size_t kMinKeysForList = 3;

/// The keys as a JSON array; false when one of them has no exact form there.
bool write_keys(std::string& out, std::span<const data::Param> keys) {
  JsonWriter json(out);
  json.begin_array();
  for (const data::Param& key : keys) {
    if (const auto* number = std::get_if<std::int64_t>(&key))
      json.integer(*number);
    else if (const auto* text = std::get_if<std::string>(&key); text && text->find('\0') == std::string::npos)
      json.string(*text);
    else
      return false;
  }
  json.end_array();
  return true;
}

}  // namespace

Fragment SqliteDialect::match_text(std::string_view column, TextMatch how, std::string_view value,
                                   bool negate) const {
  std::string pattern = escaped_for_like(value);
  if (how != TextMatch::ends_with) pattern += '%';
  if (how != TextMatch::starts_with) pattern.insert(0, 1, '%');
  return like(column, pattern, true, negate);
}

Fragment SqliteDialect::like(std::string_view column, std::string_view pattern, bool ignore_case,
                             bool negate) const {
  Fragment sql = "flotilla_like(";
  sql.bind(std::string(pattern));
  sql.text += fmt::format(", {}, {})", column, ignore_case ? 1 : 0);
  return not_if(negate, std::move(sql));
}

Fragment SqliteDialect::regexp(std::string_view column, std::string_view pattern, bool negate) const {
  Fragment sql = "regexp(";
  sql.bind(std::string(pattern));
  sql.text += fmt::format(", {})", column);
  return not_if(negate, std::move(sql));
}

std::string SqliteDialect::json_path(std::string_view column, std::span<const std::string> path) const {
  return at_path(column, path, extract_text);
}

std::string SqliteDialect::json_number(std::string_view column, std::span<const std::string> path) const {
  return at_path(column, path, extract_number);
}

Fragment SqliteDialect::array_length(std::string_view column) const {
  return fmt::format("json_array_length({})", valid_json(column));
}

Fragment SqliteDialect::array_any_of(std::string_view column, std::span<const std::string> values) const {
  Fragment sql(fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} IN ", elements_of(column), kElement));
  sql += value_list(values);
  sql.text += ")";
  return sql;
}

Fragment SqliteDialect::array_same_set(std::string_view column, std::span<const std::string> values) const {
  const std::set<std::string> distinct(values.begin(), values.end());
  const std::vector<std::string> wanted(distinct.begin(), distinct.end());
  // Null, not false, when there is no list, so that the negation leaves the row out as well.
  Fragment sql(
      fmt::format("CASE WHEN json_valid({}) THEN (SELECT count(DISTINCT {}) = {} AND "
                  "coalesce(min(coalesce({}, 'null') IN ",
                  column, kElement, wanted.size(), kElement));
  sql += value_list(wanted);
  sql.text += fmt::format("), 1) FROM {}) END", elements_of(column));
  return sql;
}

Fragment SqliteDialect::array_has(std::string_view column, std::string_view element) const {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} = CAST({} AS TEXT))", elements_of(column), kElement,
                     element);
}

Fragment SqliteDialect::format_date(std::string_view column, ColumnKind kind, std::string_view pattern,
                                    int offset_minutes) const {
  // The pattern is part of the text and not bound: what is selected and what is grouped by must be the same
  // words.
  const bool wall_clock =
      kind == ColumnKind::timestamp || kind == ColumnKind::date || kind == ColumnKind::time;
  return fmt::format("flotilla_format_date({}, {}, {})", column, text_literal(pattern, "a date format"),
                     wall_clock ? 0 : offset_minutes);
}

Fragment SqliteDialect::in_keys(std::string_view column, std::vector<data::Param> keys) const {
  // One bound list keeps the text, and with it the prepared statement, the same for any number of keys.
  std::string list;
  if (keys.size() < kMinKeysForList || !write_keys(list, keys))
    return Dialect::in_keys(column, std::move(keys));
  Fragment sql(fmt::format("{} IN (SELECT value FROM json_each(", column));
  sql.bind(std::move(list));
  sql.text += "))";
  return sql;
}

std::string SqliteDialect::order_by(std::string_view column, bool descending) const {
  return fmt::format("{} {} NULLS LAST", column, descending ? "DESC" : "ASC");
}

std::string SqliteDialect::limit(std::int64_t limit, std::int64_t offset) const {
  if (limit < 0 && offset <= 0) return {};
  std::string out = fmt::format("LIMIT {}", limit < 0 ? -1 : limit);
  if (offset > 0) out += fmt::format(" OFFSET {}", offset);
  return out;
}

std::string SqliteDialect::cast_text(std::string_view column) const {
  return fmt::format("CAST({} AS TEXT)", column);
}

}  // namespace flotilla::sqlite
