#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "data/sql/database.hpp"

namespace flotilla::sqlite {

struct SqliteOptions {
  enum class Synchronous {
    normal,  ///< a power cut may lose the last commits, never the consistency; a crash of the process loses
             ///< nothing
    full,    ///< every acknowledged write is on the disk
  };

  std::string path;  ///< a file; its folder is created. In-memory databases are refused: connections can not
                     ///< share one
  std::size_t reader_threads = 2;
  std::size_t statement_cache_size = 128;  ///< prepared statements kept by each connection
  int busy_timeout_ms = 5'000;             ///< how long a write waits for the writer of another process
  Synchronous synchronous = Synchronous::full;
  std::size_t max_queued_reads = 10'000;   ///< more are refused with SqlError::busy
  std::size_t max_queued_writes = 10'000;  ///< more are refused with SqlError::busy
  std::size_t group_max_works = 64;        ///< writes that share one commit
  int group_max_ms = 20;                   ///< no further work joins a group that has run for so long
  int page_cache_kib = 16'384;             ///< of each connection

  /// Called on the writer's thread after every commit with the number of works in it. Must not throw.
  std::function<void(std::size_t works)> on_commit = {};
};

/// Opens (or creates) a SQLite database file in WAL mode. Reads run on `reader_threads` threads, each with
/// its own connection that refuses writes; writes run on one more thread, in groups: each work inside its own
/// savepoint, all of them in one transaction, and no caller is resumed before that transaction is on the
/// disk. Any number of processes of one machine may open the same file.
///
/// The database must be destroyed before the io_contexts whose coroutines call it. Destruction finishes what
/// is queued. A work that waits for something other than its session keeps its connection to itself
/// meanwhile. Throws SqlError::unavailable, with the path and the reason, when the file can not be opened.
std::unique_ptr<data::Database> open_sqlite(const SqliteOptions& options);

}  // namespace flotilla::sqlite
