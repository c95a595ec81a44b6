// Names and statements about the schema; the expressions are in mysql_expressions.cpp.
#include "adapters/mysql/mysql_dialect.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::mysql {
namespace {

using data::ColumnDef;
using data::ColumnKind;

// MariaDB reads what stands in /*M!...*/, MySQL what stands in /*!80017 ...*/.
constexpr std::string_view kCollate = "COLLATE /*M!100200 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";
constexpr std::string_view kIfExists = "/*M!100100 IF EXISTS */ ";
constexpr std::string_view kIfNotExists = "/*M!100100 IF NOT EXISTS */ ";

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
      return "LONGTEXT";
    case ColumnKind::json:
    case ColumnKind::jsonb:
      return "JSON";
    case ColumnKind::timestamp_tz:
      return "DATETIME(3)";
    case ColumnKind::timestamp:
      return "DATETIME";
    case ColumnKind::date:
      return "DATE";
    case ColumnKind::time:
      return "TIME";
    case ColumnKind::uuid:
      return "CHAR(36)";
    case ColumnKind::blob:
      return "LONGBLOB";
  }
  return "LONGTEXT";
}

bool is_text(ColumnKind kind) {
  return kind == ColumnKind::varchar || kind == ColumnKind::text || kind == ColumnKind::uuid;
}

/// MySQL takes a default of these only as an expression.
bool is_long(ColumnKind kind) {
  return kind == ColumnKind::text || kind == ColumnKind::json || kind == ColumnKind::jsonb ||
         kind == ColumnKind::blob;
}

std::string literal(const ColumnDef& column) {
  struct Writer {
    const std::string& name;
    std::string operator()(std::monostate) { return "NULL"; }
    std::string operator()(bool v) { return v ? "1" : "0"; }
    std::string operator()(std::int64_t v) { return std::to_string(v); }
    std::string operator()(double v) { return std::isfinite(v) ? fmt::format("{}", v) : "NULL"; }
    std::string operator()(const std::string& v) { return text(v); }
    std::string operator()(const data::Instant& v) { return text(std::string_view(v.text).substr(0, 23)); }
    std::string operator()(const data::Blob& v) { return "X'" + hex(v.bytes) + "'"; }
    std::string text(std::string_view v) const {
      return text_literal(v, fmt::format("the default value of column \"{}\"", name));
    }
  };
  std::string out = std::visit(Writer{column.name}, *column.default_value);
  return is_long(column.kind) ? "(" + out + ")" : out;
}

std::string definition(const MysqlDialect& dialect, const ColumnDef& column) {
  std::string out = dialect.quote(column.name) + " " + type_of(column);
  if (is_text(column.kind)) out += fmt::format(" CHARACTER SET utf8mb4 {}", kCollate);
  if (column.not_null || column.primary_key) out += " NOT NULL";
  if (column.auto_increment)
    out += " AUTO_INCREMENT";
  else if (column.default_value)
    out += " DEFAULT " + literal(column);
  return out;
}

}  // namespace

const MysqlDialect& mysql_dialect(Product product) {
  static const MysqlDialect mariadb(Product::mariadb), mysql(Product::mysql);
  return product == Product::mariadb ? mariadb : mysql;
}

std::string text_literal(std::string_view text, std::string_view what) {
  refuse_control_characters(text, what);
  return doubled(text, '\'');
}

std::string MysqlDialect::quote(std::string_view identifier) const {
  refuse_control_characters(identifier, "a column or table name");
  return doubled(identifier, '"');
}

void MysqlDialect::write_placeholder(std::string& out, std::size_t) const { out += '?'; }

std::vector<std::string> MysqlDialect::create_table(std::string_view table,
                                                    std::span<const ColumnDef> columns) const {
  std::vector<std::string> keys;
  for (const ColumnDef& column : columns)
    if (column.primary_key) keys.push_back(quote(column.name));

  std::vector<std::string> lines, statements(1);
  for (const ColumnDef& column : columns) {
    lines.push_back(definition(*this, column));
    // A column that numbers itself must be the first of an index.
    if (column.auto_increment && !column.primary_key) lines.push_back("KEY (" + quote(column.name) + ")");
    if (column.unique && !(column.primary_key && keys.size() == 1)) {
      const std::string index = fmt::format("{}_{}_uk", table, column.name);
      statements.push_back(create_index(table, index, std::span(&column.name, 1), true));
    }
  }
  if (!keys.empty()) lines.push_back("PRIMARY KEY (" + join(keys, ", ") + ")");
  statements[0] = fmt::format(
      "CREATE TABLE IF NOT EXISTS {} ({}) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 {}",
      quote(table), join(lines, ", "), kCollate);
  return statements;
}

std::string MysqlDialect::add_column(std::string_view table, const ColumnDef& column) const {
  return fmt::format("ALTER TABLE {} ADD COLUMN {}", quote(table), definition(*this, column));
}

std::string MysqlDialect::drop_column(std::string_view table, std::string_view column) const {
  return fmt::format("ALTER TABLE {} DROP COLUMN {}{}", quote(table), kIfExists, quote(column));
}

std::string MysqlDialect::drop_table(std::string_view table) const {
  return "DROP TABLE IF EXISTS " + quote(table);
}

std::string MysqlDialect::create_index(std::string_view table, std::string_view index,
                                       std::span<const std::string> columns, bool unique) const {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(quote(column));
  return fmt::format("CREATE {}INDEX {}{} ON {} ({})", unique ? "UNIQUE " : "", kIfNotExists, quote(index),
                     quote(table), join(names, ", "));
}

std::string MysqlDialect::drop_index(std::string_view table, std::string_view index) const {
  return fmt::format("DROP INDEX {}{} ON {}", kIfExists, quote(index), quote(table));
}

data::Fragment MysqlDialect::columns_query(std::string_view table) const {
  Fragment sql(
      "SELECT column_name AS name, column_type AS type, is_nullable = 'NO' AS not_null, "
      "column_key = 'PRI' AS primary_key FROM information_schema.columns "
      "WHERE table_schema = DATABASE() AND table_name = ");
  sql.bind(std::string(table));
  return sql += " ORDER BY ordinal_position";
}

data::Fragment MysqlDialect::indexes_query(std::string_view table) const {
  Fragment sql(
      "SELECT index_name AS \"index\", non_unique = 0 AS \"unique\", coalesce(column_name, '') AS \"column\" "
      "FROM information_schema.statistics WHERE index_name <> 'PRIMARY' AND table_schema = DATABASE() "
      "AND table_name = ");
  sql.bind(std::string(table));
  return sql += " ORDER BY index_name, seq_in_index";
}

data::Fragment MysqlDialect::schema_lock() const {
  // Such locks belong to the server, not to one of its databases; their names are short. A day is for ever.
  return "SELECT GET_LOCK(concat('flotilla_schema_', md5(DATABASE())), 86400)";
}

data::Fragment MysqlDialect::last_number_query(std::string_view table) const {
  Fragment sql(
      "SELECT auto_increment - 1 FROM information_schema.tables WHERE table_schema = DATABASE() "
      "AND table_name = ");
  return sql.bind(std::string(table));
}

data::Fragment MysqlDialect::tables_query() const {
  return "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() "
         "AND table_type = 'BASE TABLE' ORDER BY table_name";
}

data::Fragment MysqlDialect::views_query() const {
  return "SELECT table_name AS name, view_definition AS definition FROM information_schema.views "
         "WHERE table_schema = DATABASE() ORDER BY table_name";
}

data::Fragment MysqlDialect::number_rows(std::string_view table, std::string_view column,
                                         std::string_view key, std::string_view scope,
                                         std::string_view order) const {
  const std::string t = quote(table), k = quote(key);
  const std::string within = scope.empty() ? std::string() : "PARTITION BY " + quote(scope) + " ";
  return fmt::format(
      "UPDATE {0} JOIN (SELECT {2} AS k, row_number() OVER ({3}ORDER BY {4}, {2}) AS n FROM {0}) AS numbered "
      "ON numbered.k = {0}.{2} SET {0}.{1} = numbered.n",
      t, quote(column), k, within, quote(order));
}

}  // namespace flotilla::mysql
