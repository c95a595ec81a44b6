#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "adapters/sql/sql_queue.hpp"
#include "adapters/sql/tables.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "lib/cpp/loop.hpp"
#include "unit/adapters/sqlite_support.hpp"

namespace flotilla::sql::test {

using cluster::Delivery;
using cluster::Millis;
using cluster::QueueMessage;
using cluster::Settlement;
using flotilla::test::Loop;

/// A clock that moves only when it is told to.
class HandClock final : public Clock {
 public:
  UnixMs now() const override { return UnixMs(Millis(now_.load())); }
  void advance(Millis by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'700'000'000'000};
};

/// A fresh SQLite file with the tables of this layer, and a loop.
class World {
 public:
  World() : database(open()) { loop.run(create_cluster_tables(*database)); }

  /// Another connection to the same file, as another process has.
  std::unique_ptr<data::Database> open() {
    return sqlite::open_sqlite(
        {.path = folder.file("main.sqlite"), .on_commit = [this](std::size_t) { ++commits; }});
  }
  void write(data::Work work) { loop.run(database->write(std::move(work))); }
  std::int64_t count(const std::string& table) {
    std::int64_t rows = -1;
    auto query = [&](data::Session& session) -> Task<void> {
      rows = (co_await session.query(data::Fragment("SELECT count(*) FROM " + table))).at(0, 0).as_int();
    };
    loop.run(database->read(query));
    return rows;
  }

  std::atomic<int> commits{0};
  sqlite::test::TempFolder folder;
  HandClock clock;
  Loop loop;
  std::unique_ptr<data::Database> database;
};

inline QueueMessage message(std::string id, std::string channel = "main.work") {
  QueueMessage message;
  message.body = "{\"of\":\"" + id + "\"}";
  message.id = std::move(id);
  message.channel = std::move(channel);
  return message;
}

/// Waits for a condition that other threads bring about.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::seconds limit = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace flotilla::sql::test
