#pragma once

#include <string>
#include <vector>

namespace flotilla::bench {

// A transaction that inserts a batch, and one that deletes it again with its rows returned, as often as
// `count` messages need. Messages a second. The bodies are those of the queue's messages.

/// SQLite's C API, WAL, synchronous=FULL, prepared statements, a table with the one index that a queue needs.
double raw_sqlite_queue(const std::string& file, std::size_t count, std::size_t batch);
/// libpq, one connection, prepared statements, arrays as parameters.
double raw_postgres_queue(const std::string& url, std::size_t count, std::size_t batch);

/// Milliseconds of one inserted row with its commit, for SQLite, which tells nobody.
std::vector<double> raw_sqlite_commits(const std::string& file, std::size_t count);
/// Milliseconds from an INSERT and NOTIFY in one transaction to its arrival on a second connection.
std::vector<double> raw_postgres_signals(const std::string& url, std::size_t count);

}  // namespace flotilla::bench
