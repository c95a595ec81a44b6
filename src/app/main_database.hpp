#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "adapters/sql/listen.hpp"
#include "base/settings.hpp"
#include "data/sql/database.hpp"

namespace flotilla::app {

/// The database that the nodes share.
struct MainDatabase {
  std::unique_ptr<data::Database> database;
  /// Hears of what other processes committed; empty where the database has nothing of the kind.
  sql::Listen listen;
};

/// The database that the settings name. A file is opened at once; a server is connected to in the background.
/// What is heard is told on `executor`, which runs one handler at a time and outlives it. Throws SqlError or
/// Error.
MainDatabase open_main_database(const Settings& settings, boost::asio::any_io_executor executor);

/// Waits until the database answers, for at most `patience`; throws SqlError saying why it does not.
Task<void> await_database(data::Database& database, std::chrono::milliseconds patience);

/// A PostgreSQL database by its URL, on an event loop of its own.
MainDatabase open_postgres_url(const std::string& url, boost::asio::any_io_executor executor);
/// The same of MariaDB or MySQL.
MainDatabase open_mysql_url(const std::string& url);

}  // namespace flotilla::app
