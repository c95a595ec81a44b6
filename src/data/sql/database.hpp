#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "data/sql/fragment.hpp"
#include "data/sql/rows.hpp"
#include "runtime/task.hpp"

namespace flotilla::data {

class Dialect;

/// What a database says no to, in words that are the same for every database.
class SqlError : public std::runtime_error {
 public:
  enum class Kind {
    unique,        ///< unique or primary key violated; `columns` names them
    not_null,      ///< `columns` names it
    unknown_name,  ///< no such table or column, or ambiguous
    syntax,
    invalid_value,  ///< a value the column's type does not take
    in_use,         ///< something else in the database stands on it (a view, a table that inherits)
    busy,           ///< locked or overloaded; may be tried again
    deadlock,       ///< ended for the sake of another transaction; may be tried again at once
    unavailable,    ///< connection lost, disk full, file unreadable
    other,
  };
  SqlError(Kind kind, std::string message, std::string table = {}, std::vector<std::string> columns = {})
      : std::runtime_error(std::move(message)),
        kind(kind),
        table(std::move(table)),
        columns(std::move(columns)) {}
  /// Nothing was kept, and the same may well be taken in a moment.
  bool may_pass() const { return kind == Kind::busy || kind == Kind::deadlock; }
  Kind kind;
  std::string table;                 ///< physical name, when the database tells it
  std::vector<std::string> columns;  ///< physical names, when the database tells them
};

/// One conversation with the database. Used by one coroutine at a time, on the executor that runs it.
/// All calls throw SqlError.
class Session {
 public:
  virtual ~Session() = default;
  virtual Task<Rows> query(const Fragment& sql) = 0;
  /// Runs a statement that gives no rows; answers how many rows it touched.
  virtual Task<std::int64_t> execute(const Fragment& sql) = 0;
  virtual const Dialect& dialect() const = 0;

  /// Runs `action` once the transaction is committed, on any thread; it must be short and must not throw.
  /// Forgotten when the transaction is rolled back. Outside Database::write it runs at once.
  virtual void after_commit(std::function<void()> action) = 0;

  /// A count that this very statement gave on this connection, when nothing has been committed since by
  /// anybody; databases that cannot tell never remember.
  virtual std::optional<std::int64_t> remembered_count(const Fragment& sql) { return std::nullopt; }
  virtual void remember_count(const Fragment& sql, std::int64_t count) {}
};

using Work = std::function<Task<void>(Session&)>;

/// The connections of one pool, or the threads of a database in a file.
struct PoolState {
  std::string_view name;  ///< "read" or "write"
  std::size_t max = 0;
  std::size_t open = 0;  ///< idle or used
  std::size_t used = 0;
};

/// The main SQL database. Thread-safe. `work` may run on another thread than the caller's; the call resumes
/// on the caller's executor. Inside `work` only the session is awaited: nothing slow, no other request.
class Database {
 public:
  virtual ~Database() = default;
  /// Runs `work` outside a transaction on a connection for reading. What it writes is refused by the
  /// database.
  virtual Task<void> read(Work work) = 0;
  /// Runs `work` in one transaction: committed and durable when the call returns, rolled back when `work`
  /// throws.
  virtual Task<void> write(Work work) = 0;
  /// Runs `work` on a connection that may write, each statement as a transaction of its own that may take as
  /// long as it needs: for statements that no transaction takes. Where there are none: write().
  virtual Task<void> write_alone(Work work) { co_await write(std::move(work)); }
  /// For measures.
  virtual Task<std::vector<PoolState>> pools() { co_return std::vector<PoolState>{}; }
  virtual const Dialect& dialect() const = 0;
};

}  // namespace flotilla::data
