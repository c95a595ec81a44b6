#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flotilla::postgres {

/// Where a PostgreSQL database is and how it is used. Times are in milliseconds.
struct PostgresOptions {
  std::string host = "127.0.0.1";  ///< a name, an address, or the folder of a unix socket
  int port = 5432;
  std::string database;
  std::string user;
  std::string password;
  std::string schema;  ///< where names are looked for; empty: as the server says, mostly "public"
  std::string application_name = "flotilla";

  struct Ssl {
    std::string mode;         ///< disable, allow, prefer, require, verify-ca, verify-full; empty: prefer
    std::string root_cert;    ///< file
    std::string certificate;  ///< file
    std::string key;          ///< file, readable by its owner only
  } ssl = {};

  /// False behind a pooler that gives every transaction another connection (PgBouncer's transaction mode): no
  /// statement is prepared and nothing is set for a session; what is needed is set in each transaction.
  bool prepared = true;
  std::size_t statement_cache_size = 256;  ///< prepared statements kept by each connection

  std::size_t read_connections = 3;       ///< shared by all reads, always open
  std::size_t write_connections = 10;     ///< at most; each belongs to one transaction at a time
  std::size_t write_connections_min = 1;  ///< stay open when idle
  std::size_t pipeline_max = 128;         ///< queries under way on one connection for reading
  std::size_t max_waiting = 10'000;  ///< reads, and writes, that wait for a connection; more: SqlError::busy

  int connect_timeout_ms = 5'000;
  int acquire_timeout_ms = 10'000;  ///< for a free connection, then SqlError::busy
  /// A connection that has not answered for so long is given up as lost. 0: never.
  int reply_timeout_ms = 60'000;
  int statement_timeout_ms = 0;  ///< the server ends a statement that runs longer (SqlError::busy). 0: never
  int idle_timeout_ms = 60'000;  ///< an idle connection for writing is closed
  int close_timeout_ms = 5'000;  ///< for what still runs when the database is destroyed
};

/// `postgres://user:password@host:port/database` and what libpq knows besides; the parameters `schema` and
/// `prepared=false` are ours. Throws SqlError::unavailable, which does not repeat the address, when it cannot
/// be read.
PostgresOptions parse_postgres_url(std::string_view url);

/// What a connection is for.
enum class Role { read, write, listen };

/// The keywords and values libpq connects with. `addresses`: of a host name, resolved, joined by commas.
std::vector<std::pair<std::string, std::string>> connect_keywords(const PostgresOptions& options, Role role,
                                                                  std::string_view addresses);

/// Statements that go first in every transaction: BEGIN where it has more than one statement, and behind a
/// pooler what a session would remember.
std::vector<std::string> opening_statements(const PostgresOptions& options, Role role);

/// Throws SqlError::unavailable naming the option that makes no sense.
void check(const PostgresOptions& options);

}  // namespace flotilla::postgres
