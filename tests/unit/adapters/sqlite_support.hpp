#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>

#include "adapters/sqlite/sqlite_database.hpp"
#include "data/sql/database.hpp"
#include "data/sql/dialect.hpp"

namespace flotilla::sqlite::test {

using data::Fragment;
using data::Param;
using data::Rows;
using data::Session;
using data::SqlError;
using data::Work;

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "flotilla-sqlite-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Starts a coroutine whose end is told to `done`, or ignored.
inline void spawn(
    boost::asio::io_context& io, std::function<Task<void>()> body,
    std::function<void(std::exception_ptr)> done = [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    }) {
  boost::asio::co_spawn(io, std::move(body), std::move(done));
}

/// Runs one coroutine to its end on a loop of its own; rethrows what it threw.
inline void run(std::function<Task<void>()> body) {
  boost::asio::io_context io;
  std::exception_ptr failed;
  spawn(io, std::move(body), [&](std::exception_ptr error) { failed = error; });
  io.run();
  if (failed) std::rethrow_exception(failed);
}

inline void write(data::Database& db, Work work) {
  run([&]() -> Task<void> { co_await db.write(work); });
}
inline void read(data::Database& db, Work work) {
  run([&]() -> Task<void> { co_await db.read(work); });
}
inline std::int64_t execute(data::Database& db, Fragment sql) {
  std::int64_t touched = -1;
  write(db, [&](Session& session) -> Task<void> { touched = co_await session.execute(sql); });
  return touched;
}
inline Rows select(data::Database& db, Fragment sql) {
  Rows rows;
  read(db, [&](Session& session) -> Task<void> { rows = co_await session.query(sql); });
  return rows;
}
inline std::int64_t count(data::Database& db, const std::string& table) {
  return select(db, Fragment("SELECT count(*) FROM " + table)).at(0, 0).as_int();
}

/// The SqlError that `action` ends with.
template <class Action>
SqlError error_of(Action action) {
  try {
    action();
  } catch (const SqlError& error) {
    return error;
  }
  ADD_FAILURE() << "no SqlError was thrown";
  return SqlError(SqlError::Kind::other, "none");
}

/// A connection of somebody else.
class Stranger {
 public:
  explicit Stranger(const std::string& path) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("sqlite3_open");
    sqlite3_busy_timeout(db_, 10'000);
  }
  ~Stranger() { sqlite3_close(db_); }
  void run(const char* sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql, nullptr, nullptr, &message) != SQLITE_OK) {
      std::string text = message ? message : "";
      sqlite3_free(message);
      throw std::runtime_error(text);
    }
  }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace flotilla::sqlite::test
