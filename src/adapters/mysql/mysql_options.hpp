#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace flotilla::mysql {

/// What kind of server it is. They differ in a few words; see mysql_dialect.hpp.
enum class Product { mariadb, mysql };

/// Where a MariaDB or MySQL database is and how it is used. Times are in milliseconds.
struct MysqlOptions {
  Product product = Product::mariadb;  ///< another one is refused when it is connected to
  std::string host = "127.0.0.1";      ///< a name, an address, or the path of a unix socket
  int port = 3306;
  std::string database;
  std::string user;
  std::string password;

  struct Ssl {
    std::string mode;         ///< disable, prefer, require, verify-ca, verify-full; empty: prefer
    std::string root_cert;    ///< file
    std::string certificate;  ///< file
    std::string key;          ///< file
  } ssl = {};

  std::size_t statement_cache_size = 128;  ///< prepared statements kept by each connection

  std::size_t read_connections = 3;       ///< at most; each belongs to one read at a time
  std::size_t write_connections = 10;     ///< at most; each belongs to one transaction at a time
  std::size_t write_connections_min = 1;  ///< stay open when idle
  std::size_t max_waiting = 10'000;  ///< reads, and writes, that wait for a connection; more: SqlError::busy

  int connect_timeout_ms = 5'000;
  int acquire_timeout_ms = 10'000;  ///< for a free connection, then SqlError::busy
  /// A connection that has not answered for so long is given up as lost. 0: never.
  int reply_timeout_ms = 60'000;
  int lock_timeout_ms = 20'000;  ///< the server ends a wait for a row or a table (SqlError::busy)
  int idle_timeout_ms = 60'000;  ///< an idle connection beyond the least number is closed
  int close_timeout_ms = 5'000;  ///< for what still runs when the database is destroyed
};

/// `mariadb://user:password@host:port/database`, or `mysql://...`. Throws SqlError::unavailable, which does
/// not repeat the address, when it cannot be read.
MysqlOptions parse_mysql_url(std::string_view url);

/// What a connection is for.
enum class Role { read, write };

/// Statements that a connection begins with: what this adapter relies on, whatever the server's configuration
/// says.
std::vector<std::string> session_statements(const MysqlOptions& options, Role role);

/// Why a server of this version string is not used, or "". Such as `10.11.6-MariaDB-0+deb12u1`, `8.0.36`.
std::string refusal(Product wanted, std::string_view server_version);

/// Throws SqlError::unavailable naming the option that makes no sense.
void check(const MysqlOptions& options);

}  // namespace flotilla::mysql
