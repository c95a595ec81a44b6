// Names and statements about the schema; the expressions are in sqlite_expressions.cpp.
#include "adapters/sqlite/sqlite_dialect.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::sqlite {
namespace {

using data::ColumnDef;
using data::ColumnKind;

void refuse_control_characters(std::string_view text, std::string_view what) {
  if (text.find('\0') != std::string_view::npos ||
      text.find(data::Fragment::kPlaceholder) != std::string_view::npos)
    throw bad_request(fmt::format("{} contains a control character", what));
}

std::string doubled(std::string_view text, char mark) {
  std::string out(1, mark);
  for (char c : text) {
    out += c;
    if (c == mark) out += c;
  }
  return out += mark;
}

std::string type_of(const ColumnDef& column) {
  switch (column.kind) {
    case ColumnKind::boolean:
      return "TINYINT(1)";
    case ColumnKind::integer:
      return "INTEGER";
    case ColumnKind::bigint:
      return "BIGINT";
    case ColumnKind::real:
      return "REAL";
    case ColumnKind::float_:
      return "FLOAT";
    case ColumnKind::double_:
      return "DOUBLE PRECISION";
    case ColumnKind::decimal:
      if (column.precision <= 0) return "DECIMAL";
      return fmt::format("DECIMAL({},{})", column.precision, column.scale);
    case ColumnKind::varchar:
      return fmt::format("VARCHAR({})", column.length > 0 ? column.length : 255);
    case ColumnKind::text:
      return "TEXT";
    case ColumnKind::json:
    case ColumnKind::jsonb:
      return "JSON";
    case ColumnKind::timestamp_tz:
    case ColumnKind::timestamp:
      return "DATETIME";
    case ColumnKind::date:
      return "DATE";
    case ColumnKind::time:
      return "TIME";
    case ColumnKind::uuid:
      return "UUID";
    case ColumnKind::blob:
      return "BLOB";
  }
  return "TEXT";
}

std::string literal(const ColumnDef& column) {
  struct Writer {
    const std::string& name;
    std::string operator()(std::monostate) { return "NULL"; }
    std::string operator()(bool v) { return v ? "1" : "0"; }
    std::string operator()(std::int64_t v) { return std::to_string(v); }
    std::string operator()(double v) { return std::isfinite(v) ? fmt::format("{}", v) : "NULL"; }
    std::string operator()(const std::string& v) { return text(v); }
    std::string operator()(const data::Instant& v) { return text(v.text); }
    std::string operator()(const data::Blob& v) { return "X'" + hex(v.bytes) + "'"; }
    std::string text(const std::string& v) const {
      return text_literal(v, fmt::format("the default value of column \"{}\"", name));
    }
  };
  return std::visit(Writer{column.name}, *column.default_value);
}

/// A column without what only holds for a whole table.
std::string definition(const SqliteDialect& dialect, const ColumnDef& column) {
  std::string out = dialect.quote(column.name) + " " + type_of(column);
  // Unlike elsewhere, a primary key of SQLite takes nulls unless told not to.
  if (column.not_null || column.primary_key) out += " NOT NULL";
  if (column.default_value) out += " DEFAULT " + literal(column);
  return out;
}

}  // namespace

const SqliteDialect& sqlite_dialect() {
  static const SqliteDialect dialect;
  return dialect;
}

std::string text_literal(std::string_view text, std::string_view what) {
  refuse_control_characters(text, what);
  return doubled(text, '\'');
}

std::string SqliteDialect::quote(std::string_view identifier) const {
  refuse_control_characters(identifier, "a column or table name");
  return doubled(identifier, '"');
}

void SqliteDialect::write_placeholder(std::string& out, std::size_t) const { out += '?'; }

std::vector<std::string> SqliteDialect::create_table(std::string_view table,
                                                     std::span<const ColumnDef> columns) const {
  std::vector<std::string> keys;
  for (const ColumnDef& column : columns)
    if (column.primary_key) keys.push_back(quote(column.name));

  std::vector<std::string> lines, statements(1);
  for (const ColumnDef& column : columns) {
    if (column.primary_key && column.auto_increment && keys.size() == 1) {
      lines.push_back(quote(column.name) + " INTEGER PRIMARY KEY AUTOINCREMENT");
      keys.clear();
      continue;
    }
    lines.push_back(definition(*this, column));
    if (column.unique && !(column.primary_key && keys.size() == 1)) {
      // An index of its own can be dropped later, a UNIQUE inside the table can not.
      const std::string index = fmt::format("{}_{}_uk", table, column.name);
      statements.push_back(create_index(table, index, std::span(&column.name, 1), true));
    }
  }
  if (!keys.empty()) lines.push_back("PRIMARY KEY (" + join(keys, ", ") + ")");
  statements[0] = fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", quote(table), join(lines, ", "));
  return statements;
}

std::string SqliteDialect::add_column(std::string_view table, const ColumnDef& column) const {
  return fmt::format("ALTER TABLE {} ADD COLUMN {}", quote(table), definition(*this, column));
}

std::string SqliteDialect::drop_column(std::string_view table, std::string_view column) const {
  return fmt::format("ALTER TABLE {} DROP COLUMN {}", quote(table), quote(column));
}

std::string SqliteDialect::drop_table(std::string_view table) const {
  return "DROP TABLE IF EXISTS " + quote(table);
}

std::string SqliteDialect::create_index(std::string_view table, std::string_view index,
                                        std::span<const std::string> columns, bool unique) const {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(quote(column));
  return fmt::format("CREATE {}INDEX IF NOT EXISTS {} ON {} ({})", unique ? "UNIQUE " : "", quote(index),
                     quote(table), join(names, ", "));
}

std::string SqliteDialect::drop_index(std::string_view, std::string_view index) const {
  return "DROP INDEX IF EXISTS " + quote(index);
}

data::Fragment SqliteDialect::columns_query(std::string_view table) const {
  Fragment sql = R"(SELECT name, type, "notnull" AS not_null, pk > 0 AS primary_key FROM pragma_table_info()";
  sql.bind(std::string(table));
  sql.text += ") ORDER BY cid";
  return sql;
}

data::Fragment SqliteDialect::indexes_query(std::string_view table) const {
  // A partial index is not unique for all rows, and one on an expression has no column name.
  Fragment sql = R"(SELECT l.name AS "index", l."unique" AND NOT l.partial AS "unique", )"
                 R"(coalesce(c.name, '') AS "column" )"
                 "FROM pragma_index_list(";
  sql.bind(std::string(table));
  sql.text += ") AS l, pragma_index_info(l.name) AS c WHERE l.origin <> 'pk' ORDER BY l.name, c.seqno";
  return sql;
}

data::Fragment SqliteDialect::last_number_query(std::string_view table) const {
  data::Fragment sql("SELECT seq FROM sqlite_sequence WHERE name = ");
  return sql.bind(std::string(table));
}

std::string_view SqliteDialect::why_blocking(data::BlockingChange change) const {
  switch (change) {
    case data::BlockingChange::create_index:
      return "SQLite makes an index in one piece, and nobody can write meanwhile";
    case data::BlockingChange::drop_column:
      return "SQLite writes every row anew without the column, and nobody can write meanwhile";
    case data::BlockingChange::add_column:
    case data::BlockingChange::add_numbering_column:
      break;
  }
  return {};
}

data::Fragment SqliteDialect::tables_query() const {
  return "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
         "ORDER BY name";
}

data::Fragment SqliteDialect::views_query() const {
  return "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'view' ORDER BY name";
}

}  // namespace flotilla::sqlite
