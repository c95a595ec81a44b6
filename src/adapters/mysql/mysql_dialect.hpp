#pragma once

#include "adapters/mysql/mysql_options.hpp"
#include "data/sql/dialect.hpp"

namespace flotilla::mysql {

/// The words of MariaDB from 10.9 and MySQL from 8.0.17, which are the same but for the name: what only one
/// of them takes stands in comments that the other skips. For sessions with ANSI_QUOTES, PIPES_AS_CONCAT and
/// NO_BACKSLASH_ESCAPES (see session_statements()).
///
/// Tables are utf8mb4 and compare bytes, with NO PAD: texts differ by case and by spaces at their end, as on
/// other databases. Dates: instants are DATETIME(3) at +00:00, wall clocks DATETIME. Lists are JSON, their
/// elements are compared as text. What is limited by these databases:
/// - names of columns, but not of tables, are the same whatever their case;
/// - there are no partial indexes; TEXT, JSON and BLOB columns cannot be indexed, and the columns of an index
///   hold at most 3,072 bytes together (768 characters);
/// - a statement that changes tables commits.
class MysqlDialect final : public data::Dialect {
 public:
  using Fragment = data::Fragment;
  using ColumnDef = data::ColumnDef;

  explicit MysqlDialect(Product product) : product_(product) {}

  std::string_view name() const override { return product_ == Product::mariadb ? "mariadb" : "mysql"; }
  std::string quote(std::string_view identifier) const override;
  void write_placeholder(std::string& out, std::size_t index) const override;
  bool transactional_ddl() const override { return false; }

  std::vector<std::string> create_table(std::string_view table,
                                        std::span<const ColumnDef> columns) const override;
  std::string add_column(std::string_view table, const ColumnDef& column) const override;
  std::string drop_column(std::string_view table, std::string_view column) const override;
  std::string drop_table(std::string_view table) const override;
  std::string create_index(std::string_view table, std::string_view index,
                           std::span<const std::string> columns, bool unique) const override;
  std::string drop_index(std::string_view table, std::string_view index) const override;
  Fragment columns_query(std::string_view table) const override;
  Fragment indexes_query(std::string_view table) const override;
  Fragment tables_query() const override;
  Fragment views_query() const override;
  Fragment number_rows(std::string_view table, std::string_view column, std::string_view key,
                       std::string_view scope, std::string_view order) const override;
  Fragment schema_lock() const override;
  Fragment last_number_query(std::string_view table) const override;

  std::string default_values() const override { return "() VALUES ()"; }
  std::string_view insert_missing() const override { return "INSERT IGNORE INTO "; }
  std::string_view unless_there() const override { return ""; }
  /// Nothing: the session answers the number itself.
  std::string returning(std::string_view column) const override { return {}; }

  Fragment match_text(std::string_view column, data::TextMatch how, std::string_view value,
                      bool negate) const override;
  Fragment like(std::string_view column, std::string_view pattern, bool ignore_case,
                bool negate) const override;
  Fragment regexp(std::string_view column, std::string_view pattern, bool negate) const override;
  std::string json_path(std::string_view column, std::span<const std::string> path) const override;
  std::string json_number(std::string_view column, std::span<const std::string> path) const override;
  Fragment array_length(std::string_view column) const override;
  Fragment array_any_of(std::string_view column, std::span<const std::string> values) const override;
  Fragment array_same_set(std::string_view column, std::span<const std::string> values) const override;
  Fragment array_has(std::string_view column, std::string_view element) const override;
  Fragment format_date(std::string_view column, data::ColumnKind kind, std::string_view pattern,
                       int offset_minutes) const override;
  Fragment in_keys(std::string_view column, std::vector<data::Param> keys) const override;
  std::string order_by(std::string_view column, bool descending) const override;
  std::string limit(std::int64_t limit, std::int64_t offset) const override;
  std::string cast_text(std::string_view column) const override;

 private:
  const Product product_;
};

/// The one instance for a product; it has no state.
const MysqlDialect& mysql_dialect(Product product = Product::mariadb);

/// A text as an SQL literal. Throws Error 400 naming `what` when it holds a control character that would end
/// the SQL text or be read as a placeholder.
std::string text_literal(std::string_view text, std::string_view what);

}  // namespace flotilla::mysql
