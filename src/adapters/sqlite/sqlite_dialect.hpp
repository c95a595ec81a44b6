#pragma once

#include "data/sql/dialect.hpp"

namespace flotilla::sqlite {

/// SQLite's words, from version 3.35. The expressions call functions that register_sql_functions() adds.
///
/// Dates are text: instants `YYYY-MM-DD HH:MM:SS.mmm +00:00`, wall-clock times `YYYY-MM-DD HH:MM:SS`. Lists
/// are JSON text, their elements are compared as text. What is limited by SQLite itself:
/// - a column that an index names can not be dropped before that index;
/// - add_column() makes no primary key and no unique column: the latter is a create_index() of its own;
/// - names of indexes are unique in the whole database.
class SqliteDialect final : public data::Dialect {
 public:
  using Fragment = data::Fragment;
  using ColumnDef = data::ColumnDef;

  std::string_view name() const override { return "sqlite"; }
  std::string quote(std::string_view identifier) const override;
  void write_placeholder(std::string& out, std::size_t index) const override;

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
  data::Fragment last_number_query(std::string_view table) const override;
  std::string_view why_blocking(data::BlockingChange change) const override;

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
};

/// The one instance; it has no state.
const SqliteDialect& sqlite_dialect();

/// A text as an SQL literal. Throws Error 400 naming `what` when it holds a control character that would end
/// the SQL text or be read as a placeholder.
std::string text_literal(std::string_view text, std::string_view what);

}  // namespace flotilla::sqlite
