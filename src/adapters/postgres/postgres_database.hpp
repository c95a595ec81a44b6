#pragma once

#include <memory>

#include "adapters/postgres/postgres_options.hpp"
#include "data/sql/database.hpp"

namespace flotilla::postgres {

/// A PostgreSQL database (10 or newer) on an event loop of its own, one thread. Connects in the background
/// and again for ever, with growing pauses: this call neither waits nor fails when the server is away; calls
/// meanwhile fail at once with SqlError::unavailable.
///
/// Reads share a few connections in pipeline mode, which the server keeps from writing; every query is a
/// transaction of its own. Each write has a connection to itself: READ COMMITTED, one transaction, begun with
/// its first statement. A statement that fails ends the transaction, whatever `work` does with the error.
/// Serialization failures, deadlocks and lock time-outs are SqlError::busy; nothing is tried again silently.
/// When the connection is lost during COMMIT the outcome is unknown; the error (unavailable) says so.
///
/// Times: timestamptz comes back as data::storage_text() writes it, booleans as 0 and 1, numeric as text.
/// Values are sent without a type: PostgreSQL takes them as what stands beside them.
///
/// The database must be destroyed before the io_contexts whose coroutines call it. Destruction lets what runs
/// end, for at most close_timeout_ms. Throws SqlError::unavailable for options that make no sense.
std::unique_ptr<data::Database> open_postgres(const PostgresOptions& options);

}  // namespace flotilla::postgres
