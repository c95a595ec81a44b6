// Names and statements about the schema; the expressions are in postgres_expressions.cpp.
#include "adapters/postgres/postgres_dialect.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::postgres {
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
      return "BOOLEAN";
    case ColumnKind::integer:
      return column.auto_increment ? "SERIAL" : "INTEGER";
    case ColumnKind::bigint:
      return column.auto_increment ? "BIGSERIAL" : "BIGINT";
    case ColumnKind::real:
      return "REAL";
    case ColumnKind::float_:
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
      return "JSON";
    case ColumnKind::jsonb:
      return "JSONB";
    case ColumnKind::timestamp_tz:
      return "TIMESTAMP WITH TIME ZONE";
    case ColumnKind::timestamp:
      return "TIMESTAMP WITHOUT TIME ZONE";
    case ColumnKind::date:
      return "DATE";
    case ColumnKind::time:
      return "TIME";
    case ColumnKind::uuid:
      return "UUID";
    case ColumnKind::blob:
      return "BYTEA";
  }
  return "TEXT";
}

/// Quoted whatever it is: PostgreSQL reads it as the column's type wants it.
std::string literal(const ColumnDef& column) {
  struct Writer {
    const std::string& name;
    std::string operator()(std::monostate) { return "NULL"; }
    std::string operator()(bool v) { return v ? "'1'" : "'0'"; }
    std::string operator()(std::int64_t v) { return fmt::format("'{}'", v); }
    std::string operator()(double v) { return std::isfinite(v) ? fmt::format("'{}'", v) : "NULL"; }
    std::string operator()(const std::string& v) { return text(v); }
    std::string operator()(const data::Instant& v) { return text(v.text); }
    std::string operator()(const data::Blob& v) { return "'\\x" + hex(v.bytes) + "'"; }
    std::string text(const std::string& v) const {
      return text_literal(v, fmt::format("the default value of column \"{}\"", name));
    }
  };
  return std::visit(Writer{column.name}, *column.default_value);
}

std::string definition(const PostgresDialect& dialect, const ColumnDef& column) {
  std::string out = dialect.quote(column.name) + " " + type_of(column);
  if (column.not_null || column.primary_key) out += " NOT NULL";
  if (column.default_value && !column.auto_increment) out += " DEFAULT " + literal(column);
  return out;
}

/// The table or view of that name in the current schema, as a condition on pg_class.
void append_named(data::Fragment& sql, std::string_view table) {
  sql += "c.relnamespace = current_schema()::regnamespace AND c.relname = ";
  sql.bind(std::string(table));
}

}  // namespace

const PostgresDialect& postgres_dialect() {
  static const PostgresDialect dialect;
  return dialect;
}

std::string text_literal(std::string_view text, std::string_view what) {
  refuse_control_characters(text, what);
  return doubled(text, '\'');
}

std::string PostgresDialect::quote(std::string_view identifier) const {
  refuse_control_characters(identifier, "a column or table name");
  return doubled(identifier, '"');
}

void PostgresDialect::write_placeholder(std::string& out, std::size_t index) const {
  out += '$';
  out += std::to_string(index + 1);
}

std::vector<std::string> PostgresDialect::create_table(std::string_view table,
                                                       std::span<const ColumnDef> columns) const {
  std::vector<std::string> keys;
  for (const ColumnDef& column : columns)
    if (column.primary_key) keys.push_back(quote(column.name));

  std::vector<std::string> lines, statements(1);
  for (const ColumnDef& column : columns) {
    lines.push_back(definition(*this, column));
    if (column.unique && !(column.primary_key && keys.size() == 1)) {
      // An index, not a constraint: it can be made and dropped on its own.
      const std::string index = fmt::format("{}_{}_uk", table, column.name);
      statements.push_back(create_index(table, index, std::span(&column.name, 1), true));
    }
  }
  if (!keys.empty()) lines.push_back("PRIMARY KEY (" + join(keys, ", ") + ")");
  statements[0] = fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", quote(table), join(lines, ", "));
  return statements;
}

std::vector<std::string> PostgresDialect::create_child_table(std::string_view table,
                                                             std::span<const ColumnDef> columns,
                                                             std::span<const std::string> parents,
                                                             std::span<const std::string> keys,
                                                             std::string_view numbered_by) const {
  std::vector<std::string> lines, names, from;
  for (const ColumnDef& column : columns) lines.push_back(definition(*this, column));
  for (const std::string& key : keys) names.push_back(quote(key));
  // Several parents have several sequences: which of them is the default must be said.
  if (parents.size() > 1 && keys.size() == 1 && !numbered_by.empty())
    lines.push_back(fmt::format("{} BIGINT NOT NULL DEFAULT nextval(pg_get_serial_sequence({}, {}))",
                                names[0], text_literal(quote(numbered_by), "a table name"),
                                text_literal(keys[0], "a column name")));
  if (!names.empty()) lines.push_back("PRIMARY KEY (" + join(names, ", ") + ")");
  for (const std::string& parent : parents) from.push_back(quote(parent));
  return {fmt::format("CREATE TABLE IF NOT EXISTS {} ({}) INHERITS ({})", quote(table), join(lines, ", "),
                      join(from, ", "))};
}

std::vector<data::Fragment> PostgresDialect::row_origin(std::string_view alias) const {
  const std::string row = quote(alias) + ".tableoid";
  return {fmt::format("(SELECT o.relname FROM pg_class o WHERE o.oid = {})", row),
          fmt::format("(SELECT o.relnamespace::regnamespace::text FROM pg_class o WHERE o.oid = {})", row)};
}

data::Fragment PostgresDialect::row_in_tables(std::string_view alias,
                                              std::span<const std::string> tables) const {
  Fragment sql(quote(alias) +
               ".tableoid IN (SELECT c.oid FROM pg_class c WHERE "
               "c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(");
  sql.bind(array_text(tables));
  return sql += "::text[]))";
}

std::string PostgresDialect::add_column(std::string_view table, const ColumnDef& column) const {
  return fmt::format("ALTER TABLE {} ADD COLUMN {}", quote(table), definition(*this, column));
}

std::string PostgresDialect::drop_column(std::string_view table, std::string_view column) const {
  return fmt::format("ALTER TABLE {} DROP COLUMN {}", quote(table), quote(column));
}

std::string PostgresDialect::drop_table(std::string_view table) const {
  return "DROP TABLE IF EXISTS " + quote(table);
}

std::string PostgresDialect::create_index(std::string_view table, std::string_view index,
                                          std::span<const std::string> columns, bool unique) const {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(quote(column));
  return fmt::format("CREATE {}INDEX IF NOT EXISTS {} ON {} ({})", unique ? "UNIQUE " : "", quote(index),
                     quote(table), join(names, ", "));
}

std::string PostgresDialect::drop_index(std::string_view, std::string_view index) const {
  return "DROP INDEX IF EXISTS " + quote(index);
}

data::Fragment PostgresDialect::columns_query(std::string_view table) const {
  Fragment sql(
      "SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null, "
      "coalesce(a.attnum = ANY(k.indkey), false) AS primary_key "
      "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
      "LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary "
      "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ");
  append_named(sql, table);
  return sql += " ORDER BY a.attnum";
}

data::Fragment PostgresDialect::indexes_query(std::string_view table) const {
  // A partial index is not unique for all rows, one whose making failed for none; one on an expression has no
  // column name.
  Fragment sql(
      "SELECT i.relname AS \"index\", x.indisunique AND x.indisvalid AND x.indpred IS NULL AS \"unique\", "
      "coalesce(a.attname, '') AS \"column\" FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid "
      "JOIN pg_class i ON i.oid = x.indexrelid "
      "CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(attnum, place) "
      "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND k.attnum > 0 "
      // As many classes as key columns: those that an index only includes have none.
      "WHERE NOT x.indisprimary AND k.place <= array_length(x.indclass::oid[], 1) AND ");
  append_named(sql, table);
  return sql += " ORDER BY i.relname, k.place";
}

data::Fragment PostgresDialect::schema_lock() const {
  // Any number that nothing else locks; advisory locks belong to one database of the server.
  return "SELECT pg_advisory_xact_lock(7378697629483820646)";
}

data::Fragment PostgresDialect::tables_query() const {
  return "SELECT c.relname AS name FROM pg_class c WHERE c.relkind IN ('r', 'p') "
         "AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname";
}

data::Fragment PostgresDialect::views_query() const {
  return "SELECT c.relname AS name, pg_get_viewdef(c.oid) AS definition FROM pg_class c "
         "WHERE c.relkind IN ('v', 'm') AND c.relnamespace = current_schema()::regnamespace ORDER BY "
         "c.relname";
}

}  // namespace flotilla::postgres
