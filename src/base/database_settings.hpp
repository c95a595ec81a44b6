#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "base/env.hpp"

namespace flotilla {

enum class SqliteSynchronous { full, normal };

/// Where a database server is and how its connections are used.
struct DatabaseServer {
  std::string host;  ///< DB_HOST: a name, an address, or the folder of a unix socket
  std::uint16_t port = 0;
  std::string database;
  std::string user;
  std::string password;
  std::string schema;  ///< DB_SCHEMA, PostgreSQL only; empty: as the server says

  std::size_t connections_max = 0;  ///< DB_POOL_MAX, of this process; those for reading are among them
  std::size_t connections_min = 0;  ///< DB_POOL_MIN
  std::chrono::milliseconds idle_timeout{};     ///< DB_POOL_IDLE
  std::chrono::milliseconds acquire_timeout{};  ///< DB_POOL_ACQUIRE
  /// FLOTILLA_DB_POOLER=transaction: nothing is kept for a session, nothing is listened to.
  bool behind_pooler = false;

  /// DB_DIALECT_OPTIONS_SSL_*. The last three are the path of a file, or the PEM text itself.
  struct Tls {
    std::string mode;  ///< disable, allow, prefer, require, verify-ca, verify-full
    std::string ca;
    std::string certificate;
    std::string key;
  } tls;
};

struct DatabaseSettings {
  std::string dialect;            ///< `sqlite`, `postgres`, `mariadb`, `mysql`
  std::filesystem::path storage;  ///< the SQLite file
  DatabaseServer server;          ///< of every other dialect
  std::string table_prefix;       ///< letters, digits and '_'
  bool underscored = false;       ///< physical names in snake_case
  SqliteSynchronous sqlite_synchronous = SqliteSynchronous::full;

  bool is_file() const { return dialect == "sqlite"; }
  /// For messages: the file, or `postgres at host:port/database`.
  std::string shown() const;
};

/// `storage` is the folder of all local state. Throws SettingError for the first variable that is wrong, or
/// missing next to another.
DatabaseSettings database_settings(const Environment& env, const std::filesystem::path& storage);

}  // namespace flotilla
