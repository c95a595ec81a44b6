#include "adapters/sqlite/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <thread>

#include "adapters/sqlite/sql_functions.hpp"
#include "adapters/sqlite/sqlite_error.hpp"

namespace flotilla::sqlite {
namespace {

using data::Fragment;
using data::SqlError;

// Other processes leave the lock free for at least Writer::kRest when they write without pause, see there.
constexpr auto kBusyPoll = std::chrono::microseconds(700);
constexpr std::int64_t kWalSizeLimitBytes = 64 << 20;

/// Whatever ends a query, its statement holds no lock and no snapshot afterwards.
struct ResetAtEnd {
  Statement& statement;
  ~ResetAtEnd() { statement.reset(); }
};

}  // namespace

Connection::Connection(const SqliteOptions& options, Mode mode)
    : path_(options.path),
      mode_(mode),
      synchronous_(options.synchronous),
      page_cache_kib_(options.page_cache_kib),
      busy_timeout_(options.busy_timeout_ms),
      statements_(options.statement_cache_size) {
  // Counting allocated memory would take one lock for all threads at every allocation.
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
  open();
}

Connection::~Connection() { close(); }

void Connection::open() {
  const int create = mode_ == Mode::write ? SQLITE_OPEN_CREATE : 0;
  int code =
      sqlite3_open_v2(path_.c_str(), &db_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | create, nullptr);
  try {
    if (code != SQLITE_OK) fail(code);
    prepare_connection();
  } catch (...) {
    close();
    throw;
  }
  broken_ = false;
}

void Connection::close() noexcept {
  statements_.clear();
  if (db_) sqlite3_close_v2(db_);
  db_ = nullptr;
}

std::int64_t Connection::data_version() {
  unsigned version = 0;
  const int code = sqlite3_file_control(db_, "main", SQLITE_FCNTL_DATA_VERSION, &version);
  if (code != SQLITE_OK) fail(code);
  return version;
}

void Connection::reopen() {
  counts_ = {};  // versions of two connections do not compare
  broken_ = true;
  close();
  open();
}

void Connection::prepare_connection() {
  sqlite3_busy_handler(db_, &Connection::on_busy, this);
  // A misspelt quoted name must be an error, not a text.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  register_sql_functions(db_);

  if (mode_ == Mode::write) switch_to_wal();
  query(Fragment(fmt::format("PRAGMA synchronous={}",
                             synchronous_ == SqliteOptions::Synchronous::full ? "FULL" : "NORMAL")));
  query(Fragment(fmt::format("PRAGMA cache_size=-{}", page_cache_kib_)));
  query(Fragment(fmt::format("PRAGMA journal_size_limit={}", kWalSizeLimitBytes)));
  query("PRAGMA foreign_keys=OFF");
  query("PRAGMA temp_store=MEMORY");
  // Memory mapping saves little here and turns an I/O error into the death of the process.
  query("PRAGMA mmap_size=0");
  if (mode_ == Mode::read) query("PRAGMA query_only=1");
  statements_.clear();
}

void Connection::switch_to_wal() {
  // While another process switches or recovers the same file, SQLite may answer "busy" without asking the
  // busy handler.
  const auto give_up = std::chrono::steady_clock::now() + busy_timeout_;
  for (;;) {
    try {
      data::Rows mode = query("PRAGMA journal_mode=WAL");
      if (mode.size() == 1 && mode.at(0, 0).as_text() == "wal") return;
      throw SqlError(SqlError::Kind::unavailable,
                     fmt::format("SQLite file {}: its file system does not support WAL mode", path_));
    } catch (const SqlError& error) {
      if (error.kind != SqlError::Kind::busy || std::chrono::steady_clock::now() > give_up) throw;
    }
    std::this_thread::sleep_for(kBusyPoll);
  }
}

int Connection::on_busy(void* self, int attempt) {
  auto& connection = *static_cast<Connection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (attempt == 0) connection.busy_since_ = now;
  if (now - connection.busy_since_ >= connection.busy_timeout_) return 0;
  std::this_thread::sleep_for(kBusyPoll);
  return 1;
}

void Connection::fail(int code) {
  SqlError error =
      sql_error(code, db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(code), path_, mode_ == Mode::read);
  broken_ = broken_ || breaks_connection(code);
  throw error;
}

Statement& Connection::bound(const Fragment& sql) {
  Statement* statement = nullptr;
  int code = statements_.find_or_prepare(db_, sql.text, statement);
  if (code == SQLITE_OK) code = statement->bind(sql.params);
  if (code != SQLITE_OK) fail(code);
  return *statement;
}

bool Connection::step(Statement& statement) {
  int code = statement.step();
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
  return code == SQLITE_ROW;
}

data::Rows Connection::query(const Fragment& sql) {
  Statement& statement = bound(sql);
  ResetAtEnd reset{statement};
  data::Rows rows;
  bool more = step(statement);
  rows.set_columns(
      statement.column_names());  // after the first step: it prepares again when the schema has changed
  for (; more; more = step(statement)) statement.read_row(rows);
  return rows;
}

std::int64_t Connection::execute(const Fragment& sql) {
  Statement& statement = bound(sql);
  ResetAtEnd reset{statement};
  const std::int64_t before = sqlite3_total_changes64(db_);
  while (step(statement)) {
  }
  // The count of the last statement that changed rows stays when a statement changes none.
  return sqlite3_total_changes64(db_) == before ? 0 : sqlite3_changes64(db_);
}

bool Connection::in_transaction() const { return db_ && sqlite3_get_autocommit(db_) == 0; }

void Connection::checkpoint() noexcept {
  if (db_) sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

}  // namespace flotilla::sqlite
