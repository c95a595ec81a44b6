#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "adapters/sqlite/count_memory.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "adapters/sqlite/statement_cache.hpp"
#include "data/sql/database.hpp"

struct sqlite3;

namespace flotilla::sqlite {

/// One SQLite connection with its prepared statements. Used by one thread at a time. All calls block and
/// throw SqlError.
class Connection {
 public:
  enum class Mode {
    read,   ///< refuses every write
    write,  ///< creates the file when it is missing and switches it to WAL
  };

  Connection(const SqliteOptions& options, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  data::Rows query(const data::Fragment& sql);
  /// How many rows the statement touched; 0 for statements about the schema.
  std::int64_t execute(const data::Fragment& sql);
  /// True inside BEGIN, until COMMIT, ROLLBACK or a rollback that SQLite did by itself.
  bool in_transaction() const;

  /// An error told that this connection can not be trusted any more: reopen() it before the next use.
  bool broken() const { return broken_; }
  void reopen();
  /// Moves the WAL into the database file and empties it, as far as other connections allow.
  void checkpoint() noexcept;
  CountMemory& counts() { return counts_; }
  /// Changes when somebody else has committed; as of the last statement that read. Asking opens no
  /// transaction.
  std::int64_t data_version();

 private:
  void open();
  void close() noexcept;
  void prepare_connection();
  void switch_to_wal();
  [[noreturn]] void fail(int code);
  Statement& bound(const data::Fragment& sql);
  bool step(Statement& statement);
  static int on_busy(void* self, int attempt);

  const std::string path_;
  const Mode mode_;
  const SqliteOptions::Synchronous synchronous_;
  const int page_cache_kib_;
  const std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point busy_since_{};
  sqlite3* db_ = nullptr;
  StatementCache statements_;
  CountMemory counts_;
  bool broken_ = false;
};

}  // namespace flotilla::sqlite
