#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/sql/fragment.hpp"

namespace flotilla::data {

/// Physical kinds of columns; the dialect names them in its own words.
enum class ColumnKind {
  boolean,
  integer,
  bigint,
  real,
  float_,
  double_,
  decimal,
  varchar,
  text,
  json,
  jsonb,
  timestamp_tz,
  timestamp,
  date,
  time,
  uuid,
  blob,
};

struct ColumnDef {
  std::string name;  ///< physical
  ColumnKind kind = ColumnKind::varchar;
  int length = 0;                ///< of varchar, 0 = the default of 255
  int precision = 0, scale = 0;  ///< of decimal
  bool not_null = false;
  bool primary_key = false;
  bool auto_increment = false;
  bool unique = false;
  std::optional<Param> default_value;
};

/// A table as it stands in the database.
struct TableInfo {
  struct Column {
    std::string name;
    std::string type;
    bool not_null = false;
    bool primary_key = false;
  };
  struct Index {
    std::string name;
    bool unique = false;
    std::vector<std::string> columns;
  };
  std::vector<Column> columns;
  std::vector<Index> indexes;
  bool exists() const { return !columns.empty(); }
};

/// Changes of a table that may take long.
enum class BlockingChange { add_column, add_numbering_column, drop_column, create_index };

enum class TextMatch { includes, starts_with, ends_with };

/// Everything in which the databases differ. Pure: builds text, runs nothing. Thread-safe.
/// Names given to it are physical and already checked against the schema; it quotes them.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string_view name() const = 0;  ///< "sqlite", "postgres", "mariadb"

  virtual std::string quote(std::string_view identifier) const = 0;
  virtual void write_placeholder(std::string& out, std::size_t index) const = 0;

  /// A transaction that is rolled back takes statements about the schema with it. False: each of them commits
  /// all that its transaction did before (MySQL).
  virtual bool transactional_ddl() const { return true; }
  /// What an INSERT of a row of defaults says after the table.
  virtual std::string default_values() const { return "DEFAULT VALUES"; }
  /// How an INSERT that leaves out rows whose key is there already begins and ends.
  virtual std::string_view insert_missing() const { return "INSERT INTO "; }
  virtual std::string_view unless_there() const { return " ON CONFLICT DO NOTHING"; }
  /// The end of an INSERT that gives the value of `column` back. Empty where the session of a write answers
  /// an insert with the number it made by itself (MySQL).
  virtual std::string returning(std::string_view column) const { return " RETURNING " + quote(column); }

  // Statements about the schema. Each string is one statement.
  virtual std::vector<std::string> create_table(std::string_view table,
                                                std::span<const ColumnDef> columns) const = 0;
  /// Tables can inherit from others: their rows are then rows of those, too.
  virtual bool has_inheritance() const { return false; }
  /// A table with `columns` of its own beside those of `parents`. `keys` are its primary key; with several
  /// parents the first of them is numbered as in the table `numbered_by`.
  virtual std::vector<std::string> create_child_table(std::string_view table,
                                                      std::span<const ColumnDef> columns,
                                                      std::span<const std::string> parents,
                                                      std::span<const std::string> keys,
                                                      std::string_view numbered_by) const {
    return {};
  }
  /// Of a row of a table that others inherit from: name of its own table, and that of its schema.
  virtual std::vector<Fragment> row_origin(std::string_view alias) const { return {}; }
  /// The row is in one of these tables, not in one that inherits from them.
  virtual Fragment row_in_tables(std::string_view alias, std::span<const std::string> tables) const {
    return {};
  }
  virtual std::string add_column(std::string_view table, const ColumnDef& column) const = 0;
  virtual std::string drop_column(std::string_view table, std::string_view column) const = 0;
  virtual std::string drop_table(std::string_view table) const = 0;
  virtual std::string create_index(std::string_view table, std::string_view index,
                                   std::span<const std::string> columns, bool unique) const = 0;
  virtual std::string drop_index(std::string_view table, std::string_view index) const = 0;
  /// Queries whose rows describe_table() reads; see TableInfo.
  virtual Fragment columns_query(std::string_view table) const = 0;  ///< name, type, not_null, primary_key
  virtual Fragment indexes_query(std::string_view table) const = 0;  ///< index, unique, column; in order
  virtual Fragment tables_query() const = 0;                         ///< name
  virtual Fragment views_query() const { return {}; }                ///< name, definition; by name
  /// Waits until no other transaction that changes the schema is under way; held to the end of the
  /// transaction. Empty where a transaction that writes is alone anyway (SQLite).
  virtual Fragment schema_lock() const { return {}; }
  /// Said inside a transaction: a statement of it that waits longer for a lock fails (SqlError::busy). Empty
  /// where nobody waits for a table.
  virtual Fragment limit_lock_waits(std::chrono::milliseconds longest) const { return {}; }
  /// Said inside a transaction: keeps maintenance (a vacuum) away from the table until its end, and waits for
  /// one that is under way; readers and writers go on. Empty where there is none.
  virtual Fragment reserve_table(std::string_view table) const { return {}; }
  /// Why a change of a table that holds many rows keeps others from reading or writing it for long, as a
  /// clause ("SQLite builds an index in one piece …"); empty when it does not. An index that is made by
  /// create_index_online() counts as made so.
  virtual std::string_view why_blocking(BlockingChange change) const { return {}; }
  /// Makes an index while others read and write; outside of a transaction. Empty where that is not possible.
  virtual std::string create_index_online(std::string_view table, std::string_view index,
                                          std::span<const std::string> columns, bool unique) const {
    return {};
  }
  /// Takes away what create_index_online() has left when it failed; outside of a transaction.
  virtual std::string drop_index_online(std::string_view table, std::string_view index) const {
    return drop_index(table, index);
  }
  /// Of an index by name, one row: is it valid, is somebody making it; no row when there is none.
  virtual Fragment index_state_query(std::string_view table, std::string_view index) const { return {}; }
  /// How far the making of an index is, one row or none: what is being done, rows done, rows in all. A server
  /// that is too old to tell may answer SqlError::unknown_name.
  virtual Fragment index_progress_query(std::string_view table) const { return {}; }
  /// The last number that an auto-increment column of `table` gave, one row and column, or no row; empty
  /// where an id that a caller chose does not move the numbering anyway (PostgreSQL).
  virtual Fragment last_number_query(std::string_view table) const { return {}; }

  /// Numbers rows 1, 2, … in the order of `order` within each value of `scope` (empty: all rows together).
  virtual Fragment number_rows(std::string_view table, std::string_view column, std::string_view key,
                               std::string_view scope, std::string_view order) const;

  // Expressions. `column` is a qualified, quoted column.
  virtual Fragment match_text(std::string_view column, TextMatch how, std::string_view value,
                              bool negate) const = 0;
  virtual Fragment like(std::string_view column, std::string_view pattern, bool ignore_case,
                        bool negate) const = 0;
  virtual Fragment regexp(std::string_view column, std::string_view pattern, bool negate) const = 0;
  // A place inside a JSON column, as an expression without bound values. Null where there is none.
  virtual std::string json_path(std::string_view column,
                                std::span<const std::string> path) const = 0;  ///< as text
  /// As a number; null when what is there is none.
  virtual std::string json_number(std::string_view column, std::span<const std::string> path) const = 0;
  virtual Fragment array_length(std::string_view column) const = 0;
  virtual Fragment array_any_of(std::string_view column, std::span<const std::string> values) const = 0;
  virtual Fragment array_same_set(std::string_view column, std::span<const std::string> values) const = 0;
  /// `column` holds a JSON array that has `element` (a quoted column) in it.
  virtual Fragment array_has(std::string_view column, std::string_view element) const = 0;
  /// Formats an instant or date column by a day.js pattern (YYYY, MM, DD, HH, mm, ss, Q, W) in a zone offset.
  virtual Fragment format_date(std::string_view column, ColumnKind kind, std::string_view pattern,
                               int offset_minutes) const = 0;
  virtual std::string order_by(std::string_view column,
                               bool descending) const = 0;                       ///< nulls last either way
  virtual std::string limit(std::int64_t limit, std::int64_t offset) const = 0;  ///< limit -1 = none
  /// `column` is one of `keys`, of which there may be very many. The default is a plain IN list.
  virtual Fragment in_keys(std::string_view column, std::vector<Param> keys) const;
  virtual std::string cast_text(std::string_view column) const = 0;
};

}  // namespace flotilla::data
