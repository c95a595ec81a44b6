#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "data/sql/database.hpp"
#include "data/sql/dialect.hpp"

/// The adapters that need nothing but the main database.
namespace flotilla::sql {

/// A statement from a text in which `?` stands for each value, in order. The text holds no other question
/// mark.
data::Fragment statement(std::string_view text, std::vector<data::Param> values = {});
/// The parts one after the other.
data::Fragment joined(std::initializer_list<data::Fragment> parts);

/// The few words in which the databases of this folder differ, beside what data::Dialect knows. Pure.
class Flavour {
 public:
  /// By the dialect's name: "sqlite", "postgres", "mariadb", "mysql". Throws Error 500 for another one.
  static const Flavour& of(const data::Dialect& dialect);

  virtual ~Flavour() = default;

  // Types of columns. A key is text of at most 512 bytes that may be indexed; equal only when its bytes are.
  virtual std::string_view bigint() const = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view text() const = 0;
  /// Of the one column that numbers the rows as they come, never reused; the primary key.
  virtual std::string_view numbering() const = 0;
  /// Written after the closing bracket of CREATE TABLE, for a table whose rows come and go quickly.
  virtual std::string_view busy_table() const = 0;
  virtual std::string_view plain_table() const { return ""; }  ///< for any other

  /// Milliseconds since 1970 by the clock that all nodes of this database share: the database's own, or,
  /// where the database is a file of this machine, `machine`.
  virtual data::Fragment now(const Clock& machine) const = 0;
  /// Ends a SELECT whose rows are about to be changed: rows that somebody else is changing are left out.
  virtual std::string_view skip_locked() const = 0;
  /// The same for rows that are only read, but must stay what they are.
  virtual std::string_view for_share() const { return ""; }
  /// A statement that changes rows may end with RETURNING, an INSERT may update under a condition, and WITH
  /// may stand before an UPDATE or a DELETE. Where not, see change.hpp.
  virtual bool returns() const { return true; }
  /// A transaction may be ended to break a deadlock that its author could not avoid: it is run again.
  virtual bool deadlocks() const { return false; }

  /// `column` is one of the numbers.
  virtual data::Fragment among(std::string_view column, const std::vector<std::int64_t>& numbers) const;
  /// Both columns together are one of the pairs. `first`: the column that an index finds.
  virtual data::Fragment among(std::string_view first, std::string_view second,
                               const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) const;
  /// INSERT of rows whose key is not there: the beginning, and the end that names the key's columns.
  virtual std::string_view insert_new() const { return "INSERT INTO "; }
  virtual std::string unless_there(std::string_view key) const;
  /// The end of an INSERT that else changes these columns to what would have been inserted.
  virtual std::string or_change(std::string_view key, std::initializer_list<std::string_view> columns) const;
  virtual std::string_view index_unless_there() const { return "CREATE INDEX IF NOT EXISTS "; }
  /// SELECT a: the texts as rows of one text each. They hold no NUL character.
  virtual data::Fragment texts(const std::vector<std::string>& texts) const = 0;

 protected:
  /// SELECT a, b: the pairs as rows of two integers.
  virtual data::Fragment pairs(const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) const = 0;

 public:
  /// Said first in a transaction that need not survive a crash of the database's server: its end does not
  /// wait for the disk. Empty where that cannot be said.
  virtual data::Fragment not_durable() const = 0;
  /// Objects of a JSON text as rows, for FROM: `columns` names and types them. Empty where rows are better
  /// bound one by one.
  virtual data::Fragment records(std::string json, std::string_view columns) const = 0;
  /// Transactions of one process that publish at the same time, before further publishers share one.
  virtual std::size_t publishing() const = 0;
  /// Lets one transaction at a time past it; the others wait for its end. For changes of the schema.
  virtual data::Fragment one_at_a_time(std::int64_t number) const = 0;  ///< empty: every write is alone
};

}  // namespace flotilla::sql
