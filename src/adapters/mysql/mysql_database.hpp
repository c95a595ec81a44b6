#pragma once

#include <memory>

#include "adapters/mysql/mysql_options.hpp"
#include "data/sql/database.hpp"

namespace flotilla::mysql {

/// A MariaDB (10.9 or newer) or MySQL (8.0.17 or newer) database on an event loop of its own, one thread.
/// Connects when it is needed and again for ever, with growing pauses: this call neither waits nor fails when
/// the server is away; calls meanwhile fail at once with SqlError::unavailable.
///
/// A read has a connection to itself which the server keeps from writing; every query is a transaction of its
/// own. A write has one as well: READ COMMITTED, one transaction, begun with its first statement. A statement
/// that fails ends the transaction, whatever `work` does with the error. Deadlocks, time-outs of locks and a
/// server without a free connection are SqlError::busy; nothing is tried again silently. When the connection
/// is lost during COMMIT the outcome is unknown; the error (unavailable) says so.
///
/// A statement that changes tables (CREATE, ALTER, DROP) is committed at once, with all that came before it
/// in its transaction. Locks of GET_LOCK() last to the end of the call of write(), beyond such commits.
///
/// Times: DATETIME with a fraction comes back as data::storage_text() writes it, without one as a wall clock;
/// booleans as 0 and 1, DECIMAL as text. A text column of this adapter's making compares bytes.
///
/// The database must be destroyed before the io_contexts whose coroutines call it. Destruction lets what runs
/// end, for at most close_timeout_ms. Throws SqlError::unavailable for options that make no sense.
std::unique_ptr<data::Database> open_mysql(const MysqlOptions& options);

}  // namespace flotilla::mysql
