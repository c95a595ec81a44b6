#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/tables.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "data/sql/database.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::sql::test {

using cluster::Millis;
using flotilla::test::Loop;

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t at = 1'000'000) : at_(at) {}
  UnixMs now() const override { return UnixMs(Millis(at_.load())); }
  void advance(std::int64_t ms) { at_ += ms; }

 private:
  std::atomic<std::int64_t> at_;
};

/// A database file that several processes have open: each `node` is an instance of Database of its own.
class Fleet {
 public:
  explicit Fleet(std::size_t nodes = 1) {
    std::string name = (std::filesystem::temp_directory_path() / "flotilla-cluster-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    folder_ = name;
    for (std::size_t i = 0; i < nodes; ++i) add();
    loop.run(create_cluster_tables(*databases_.front()));
  }
  ~Fleet() {
    databases_.clear();
    std::filesystem::remove_all(folder_);
  }

  data::Database& node(std::size_t i = 0) { return *databases_[i]; }
  std::size_t size() const { return databases_.size(); }

  std::int64_t execute(data::Fragment sql) {
    std::int64_t touched = 0;
    auto work = [&](data::Session& session) -> Task<void> { touched = co_await session.execute(sql); };
    loop.run([&]() -> Task<void> { co_await node().write(work); });
    return touched;
  }
  std::int64_t number(data::Fragment sql) {
    std::int64_t value = 0;
    auto work = [&](data::Session& session) -> Task<void> {
      value = (co_await session.query(sql)).at(0, 0).as_int();
    };
    loop.run([&]() -> Task<void> { co_await node().read(work); });
    return value;
  }

  /// Loops outlive the databases that their coroutines call.
  Loop loop, other;
  std::deque<Loop> crowd;

 private:
  void add() {
    sqlite::SqliteOptions options;
    options.path = (folder_ / "main.sqlite").string();
    options.busy_timeout_ms = 30'000;
    options.synchronous = sqlite::SqliteOptions::Synchronous::normal;
    databases_.push_back(sqlite::open_sqlite(options));
  }

  std::filesystem::path folder_;
  std::vector<std::unique_ptr<data::Database>> databases_;
};

/// Coroutines on loops, and thus threads, of their own.
class Crowd {
 public:
  explicit Crowd(Fleet& fleet) : loops_(fleet.crowd) {}

  template <class Body>  // Task<void>()
  void add(Body body) {
    Loop& loop = loops_.emplace_back();
    auto closure = [](Body body) -> Task<void> { co_await body(); };
    ended_.push_back(
        boost::asio::co_spawn(loop.context(), closure(std::move(body)), boost::asio::use_future));
  }
  /// Rethrows what one of them threw. A crowd that hangs fails the test.
  void wait() {
    for (auto& ended : ended_) {
      if (ended.wait_for(std::chrono::seconds(240)) != std::future_status::ready)
        throw std::runtime_error("a coroutine did not end in time");
      ended.get();
    }
  }

 private:
  std::deque<Loop>& loops_;
  std::vector<std::future<void>> ended_;
};

/// The HTTP status that `action` fails with; 0 when it does not.
template <class Action>
int status_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.status();
  }
  return 0;
}

}  // namespace flotilla::sql::test
