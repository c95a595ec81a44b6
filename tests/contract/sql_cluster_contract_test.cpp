// Locks, fences, signals, worker ids, marks and the registry in one database that several nodes write to at
// once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <future>
#include <map>
#include <set>

#include "adapters/sql/flavour.hpp"
#include "adapters/sql/sql_high_water.hpp"
#include "adapters/sql/sql_lock.hpp"
#include "adapters/sql/sql_registry.hpp"
#include "adapters/sql/sql_signal.hpp"
#include "adapters/sql/sql_worker_id.hpp"
#include "adapters/sql/tables.hpp"
#include "base/error.hpp"
#include "contract/makers/servers.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "contract/makers/sql_queue.hpp"
#include "contract/until.hpp"
#include "data/sql/fence.hpp"

namespace flotilla::contract {
namespace {

using cluster::Millis;
using cluster::SignalPosition;
using sql::statement;

constexpr Millis kLong{600'000};
constexpr int kNodes = 4, kTasks = 8;

/// Coroutines on loops, and thus threads, of their own.
class Crowd {
 public:
  /// `loops` outlive the databases that the coroutines call.
  explicit Crowd(std::deque<test::Loop>& loops) : loops_(loops) {}

  template <class Body>  // Task<void>()
  void add(Body body) {
    test::Loop& loop = loops_.emplace_back();
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
  std::deque<test::Loop>& loops_;
  std::vector<std::future<void>> ended_;
};

class SqlCluster : public testing::TestWithParam<std::string> {
 protected:
  SqlCluster() {
    for (int i = 0; i < kNodes; ++i) nodes.push_back(connect());
  }
  std::shared_ptr<data::Database> connect() { return sql_database(GetParam(), loop, app); }
  data::Database& node(int i = 0) { return *nodes[i % kNodes]; }

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
  template <class Store, class... Arguments>
  std::vector<std::unique_ptr<Store>> on_each_node(const Arguments&... arguments) {
    std::vector<std::unique_ptr<Store>> stores;
    for (int i = 0; i < kNodes; ++i) stores.push_back(std::make_unique<Store>(node(i), arguments...));
    return stores;
  }

  test::Loop loop;
  std::deque<test::Loop> loops;
  const std::string app = fresh_app();
  std::vector<std::shared_ptr<data::Database>> nodes;
};

TEST_P(SqlCluster, TablesAreCreatedByManyAtOnce) {
  for (const char* table : {"flotilla_locks", "flotilla_fences", "flotilla_signals", "flotilla_nodes"})
    execute(std::string("DROP TABLE ") + table);
  Crowd crowd(loops);
  for (int task = 0; task < kTasks; ++task)
    crowd.add([&, task]() -> Task<void> { co_await sql::create_cluster_tables(node(task)); });
  crowd.wait();
  for (const char* table : {"flotilla_locks", "flotilla_fences", "flotilla_signals", "flotilla_nodes"})
    EXPECT_EQ(number(std::string("SELECT count(*) FROM ") + table), 0);
  EXPECT_EQ(number("SELECT count(*) FROM flotilla_lock_floor"), 1);
}

TEST_P(SqlCluster, LocksExcludeWhileKeysAreForgotten) {
  constexpr int kRounds = 20, kKeys = 2;
  const auto stores =
      on_each_node<sql::SqlLockStore>(sql::SqlLockOptions{.poll = Millis(3), .keep_free = Millis(0)});
  struct Key {
    std::atomic<int> inside{0};
    std::vector<cluster::FencingToken> tokens;  // written under the lock
  };
  Key keys[kKeys];
  std::atomic<int> overlaps{0};
  std::atomic<std::int64_t> forgotten{0};
  Crowd crowd(loops);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      sql::SqlLockStore& store = *stores[task % kNodes];
      for (int round = 0; round < kRounds; ++round) {
        const std::string key = std::to_string((task + round) % kKeys);
        const std::string owner = std::to_string(task) + "." + std::to_string(round);
        Key& mine = keys[(task + round) % kKeys];
        for (;;) {
          const auto attempt = co_await store.try_take(key, owner, kLong);
          if (attempt.granted) {
            if (mine.inside++ != 0) ++overlaps;
            mine.tokens.push_back(attempt.token);
            --mine.inside;
            break;
          }
          co_await store.wait_released(key, attempt.held_for);
        }
        if (!co_await store.release(key, owner)) ++overlaps;
        if (round % 4 == 0) forgotten += co_await store.forget_free();
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(overlaps, 0);
  EXPECT_GT(forgotten, 0);
  std::size_t grants = 0;
  for (const Key& key : keys) {
    grants += key.tokens.size();
    EXPECT_TRUE(std::ranges::is_sorted(key.tokens));
    EXPECT_EQ(std::ranges::adjacent_find(key.tokens), key.tokens.end()) << "a token was given twice";
  }
  EXPECT_EQ(grants, static_cast<std::size_t>(kTasks * kRounds));
}

TEST_P(SqlCluster, TokensRiseFromWhatForgottenKeysLeft) {
  sql::SqlLockStore store(node(), {.keep_free = Millis(0)});
  ASSERT_TRUE(loop.run(store.try_take("a", "first", kLong)).granted);
  // As if the clock had been far ahead when the token was made.
  const std::int64_t far = std::int64_t{1} << 60;
  execute(statement("UPDATE flotilla_locks SET token = ?", {far}));
  ASSERT_TRUE(loop.run(store.release("a", "first")));
  EXPECT_EQ(loop.run(store.forget_free()), 1);
  EXPECT_EQ(loop.run(store.try_take("a", "second", kLong)).token, far + 1);
  EXPECT_EQ(loop.run(store.try_take("never seen", "second", kLong)).token, far + 1);
}

TEST_P(SqlCluster, ALeaseFromTheFutureIsCutToItsLength) {
  sql::SqlLockStore locks(node());
  ASSERT_TRUE(loop.run(locks.try_take("a", "dead", Millis(150))).granted);
  sql::SqlWorkerIdStore places(node(), app);
  ASSERT_EQ(loop.run(places.acquire("dead", Millis(150))).worker, 0);
  // As if the clock had been set back by an hour.
  execute("UPDATE flotilla_locks SET ends_at = ends_at + 3600000");
  execute(
      "UPDATE flotilla_worker_ids SET node = 'dead', lease = 150, "
      "free_at = 3600000 + (SELECT max(free_at) FROM flotilla_worker_ids)");
  const auto refused = loop.run(locks.try_take("a", "next", Millis(150)));
  EXPECT_FALSE(refused.granted);
  EXPECT_LE(refused.held_for, Millis(150));
  EXPECT_EQ(loop.run(places.acquire("next", Millis(150))).worker, std::nullopt);
  EXPECT_TRUE(until([&] { return loop.run(locks.try_take("a", "next", Millis(150))).granted; }));
  EXPECT_TRUE(until([&] { return loop.run(places.acquire("next", Millis(150))).worker.has_value(); }));
}

TEST_P(SqlCluster, FencedWritesNeverGoBack) {
  constexpr int kRounds = 25;
  execute("CREATE TABLE written (at INTEGER NOT NULL, token BIGINT NOT NULL)");
  execute("CREATE TABLE turn (at INTEGER NOT NULL)");
  execute("INSERT INTO turn VALUES (0)");
  std::atomic<int> accepted{0}, fenced{0};
  std::atomic<std::int64_t> newest{0};
  Crowd crowd(loops);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      for (int round = 0; round < kRounds; ++round) {
        // Some hold on to a token that others have overtaken.
        const std::int64_t token = std::max<std::int64_t>(1, ++newest - (task % 4) * 3);
        auto work = [&](data::Session& session) -> Task<void> {
          co_await data::enforce_fence(session, "a", token);
          co_await session.execute("UPDATE turn SET at = at + 1");
          co_await session.execute(
              statement("INSERT INTO written (at, token) SELECT at, CAST(? AS BIGINT) FROM turn", {token}));
        };
        for (bool again = true; again;) {
          again = false;
          try {
            co_await node(task).write(work);
            ++accepted;
          } catch (const Error& error) {
            if (error.status() != 409 || error.items().front().code != "FENCED") throw;
            ++fenced;
          } catch (const data::SqlError& error) {
            again = error.kind == data::SqlError::Kind::deadlock;  // on MariaDB, those who make the row
            if (!again) throw;
          }
        }
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(accepted + fenced, kTasks * kRounds);
  EXPECT_GT(fenced, 0);
  EXPECT_EQ(number("SELECT count(*) FROM written"), accepted);
  EXPECT_EQ(number("SELECT count(*) FROM written AS late JOIN written AS early "
                   "ON early.at < late.at AND early.token > late.token"),
            0);
}

TEST_P(SqlCluster, ReadersOfSignalsSeeEveryNumberInOrder) {
  constexpr int kEach = 60, kChannels = 3;
  const auto logs = on_each_node<sql::SqlSignalLog>();
  std::vector<cluster::SignalLog::Cursor> start;
  for (int i = 0; i < kChannels; ++i) {
    const std::string channel = std::to_string(i);
    start.push_back({channel, loop.run(logs[0]->newest(channel))});
  }
  std::atomic<int> faults{0};
  std::vector<std::map<std::string, std::vector<std::string>>> seen(kNodes);
  Crowd crowd(loops);
  for (int reader = 0; reader < kNodes; ++reader) {
    crowd.add([&, reader]() -> Task<void> {
      auto cursors = start;
      for (int left = kTasks * kEach; left > 0;) {
        const auto batches = co_await logs[reader]->read(cursors, Millis(1'000));
        for (const cluster::SignalBatch& batch : batches) {
          auto cursor = std::ranges::find(cursors, batch.channel, &cluster::SignalLog::Cursor::channel);
          for (const cluster::Signal& signal : batch.signals) {
            if (signal.position != SignalPosition{cursor->after.epoch, cursor->after.number + 1}) ++faults;
            cursor->after = signal.position;
            seen[reader][batch.channel].push_back(signal.body);
            --left;
          }
        }
      }
    });
  }
  for (int writer = 0; writer < kTasks; ++writer) {
    crowd.add([&, writer]() -> Task<void> {
      for (int i = 0; i < kEach; ++i) {
        const std::string channel = std::to_string(i % kChannels), body = fmt::format("{}:{}", writer, i);
        // Every fifth is rolled back first: its number is used by another one.
        auto fail = [&](data::Session& session) -> Task<void> {
          co_await logs[writer % kNodes]->append_in(session, channel, "never");
          throw std::domain_error("changed its mind");
        };
        try {
          if (i % 5 == 0) co_await node(writer).write(fail);
        } catch (const std::domain_error&) {
        }
        co_await logs[writer % kNodes]->append(channel, body);
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(faults, 0);
  for (int reader = 1; reader < kNodes; ++reader) EXPECT_EQ(seen[reader], seen[0]);
}

TEST_P(SqlCluster, ANewChannelHasOneEpochForAll) {
  const auto logs = on_each_node<sql::SqlSignalLog>();
  std::mutex mutex;
  std::set<std::string> epochs;
  std::set<std::uint64_t> numbers;
  Crowd crowd(loops);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      const SignalPosition end = co_await logs[task % kNodes]->newest("fresh");
      const SignalPosition mine = co_await logs[task % kNodes]->append("fresh", "x");
      std::lock_guard lock(mutex);
      epochs.insert({end.epoch, mine.epoch});
      numbers.insert(mine.number);
    });
  }
  crowd.wait();
  EXPECT_EQ(epochs.size(), 1u);
  EXPECT_EQ(numbers, (std::set<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_P(SqlCluster, OldSignalsAreRemovedFromTheFront) {
  sql::SqlSignalLog log(node(), {.keep_count = 20, .keep_for = Millis(600'000)});
  auto append = [&](int count) {
    auto many = [&](data::Session& session) -> Task<void> {
      for (int i = 0; i < count; ++i) co_await log.append_in(session, "a", "x");
    };
    loop.run([&]() -> Task<void> { co_await node().write(many); });
  };
  append(255);
  execute("UPDATE flotilla_signals SET created_at = created_at - 700000 WHERE number <> 100");
  append(1);
  EXPECT_EQ(number("SELECT min(number) FROM flotilla_signals"), 100);
  EXPECT_EQ(number("SELECT count(*) FROM flotilla_signals"), 157) << "what is kept has no gap";
}

TEST_P(SqlCluster, NoPlaceHasTwoHolders) {
  constexpr int kRounds = 10, kEach = 5;  // 40 nodes want 32 places
  const auto stores = on_each_node<sql::SqlWorkerIdStore>(app);
  std::atomic<int> holders[cluster::kWorkerIds] = {};
  std::atomic<int> doubles{0}, lost{0}, granted{0}, refused{0};
  Crowd crowd(loops);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      sql::SqlWorkerIdStore& store = *stores[task % kNodes];
      for (int round = 0; round < kRounds; ++round) {
        std::map<std::string, int> mine;
        for (int i = 0; i < kEach; ++i) {
          const std::string node = fmt::format("{}/{}/{}", task, round, i);
          const auto grant = co_await store.acquire(node, kLong);
          if (!grant.worker) {
            ++refused;
            continue;
          }
          ++granted;
          if (holders[*grant.worker]++ != 0) ++doubles;
          mine.emplace(node, *grant.worker);
        }
        for (const auto& [node, worker] : mine)
          if (!co_await store.renew(node, worker, kLong)) ++lost;
        for (const auto& [node, worker] : mine) {
          --holders[worker];
          co_await store.release(node, worker);
        }
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(doubles, 0);
  EXPECT_EQ(lost, 0);
  EXPECT_GE(granted, 32);
  EXPECT_EQ(granted + refused, kTasks * kRounds * kEach);
}

TEST_P(SqlCluster, AFleetThatStartsAtOnceFillsEveryPlace) {
  const auto stores = on_each_node<sql::SqlWorkerIdStore>(app);
  std::mutex mutex;
  std::multiset<int> held;
  int without = 0;
  Crowd crowd(loops);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      for (int i = 0; i < 5; ++i) {
        const auto grant = co_await stores[task % kNodes]->acquire(fmt::format("{}/{}", task, i), kLong);
        std::lock_guard lock(mutex);
        if (grant.worker)
          held.insert(*grant.worker);
        else
          ++without;
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(without, 8);
  EXPECT_EQ(held.size(), 32u);
  EXPECT_EQ(std::set<int>(held.begin(), held.end()).size(), 32u);
}

TEST_P(SqlCluster, MarksNeverGoDown) {
  constexpr int kRounds = 25;
  const auto stores = on_each_node<sql::SqlHighWaterStore>(app);
  std::atomic<int> lowered{0};
  std::atomic<std::int64_t> highest{0};
  Crowd crowd(loops);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      for (int i = 0; i < kRounds; ++i) {
        const std::int64_t mark = (i * 8 + task * 37) % 200 + 1;
        co_await stores[task % kNodes]->raise(0, mark);
        if (co_await stores[task % kNodes]->load(0) < mark) ++lowered;
        std::int64_t seen = highest;
        while (seen < mark && !highest.compare_exchange_weak(seen, mark)) {
        }
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(lowered, 0);
  EXPECT_EQ(loop.run(stores[0]->load(0)), highest);
}

TEST_P(SqlCluster, NodesAnnounceForgetAndListAtOnce) {
  const auto stores = on_each_node<sql::SqlRegistryStore>(app);
  Crowd crowd(loops);
  for (int task = 0; task < kTasks; ++task) {
    crowd.add([&, task]() -> Task<void> {
      for (int i = 0; i < 10; ++i) {
        cluster::NodeRecord record;
        record.id = std::to_string(task);
        record.started_at = UnixMs(Millis(kTasks - task));
        co_await stores[task % kNodes]->announce(record);
        const auto listing = co_await stores[task % kNodes]->list();
        for (const cluster::NodeRecord& node : listing.nodes)
          if (node.last_seen > listing.now + Millis(1)) throw std::runtime_error("seen in the future");
        co_await stores[task % kNodes]->forget(kLong);
      }
    });
  }
  crowd.wait();
  std::string order;
  for (const cluster::NodeRecord& node : loop.run(stores[0]->list()).nodes) order += node.id;
  EXPECT_EQ(order, "76543210");
}

INSTANTIATE_TEST_SUITE_P(Adapters, SqlCluster, testing::Values("sqlite", "postgres", "mariadb"),
                         [](const auto& info) { return info.param; });

/// PostgreSQL tells at once: polls and waits below are longer than a test may take.
class SqlAnnouncements : public testing::Test {
 protected:
  std::shared_ptr<data::Database> connect() { return postgres_database(loop, server("postgres"), app); }

  test::Loop loop, other;
  const std::string app = fresh_app();
  std::shared_ptr<data::Database> here = connect(), there = connect();
  const sql::Listen listen = postgres_listen(loop, server("postgres"));
};

TEST_F(SqlAnnouncements, ReleasesWakeWaitersOfOtherNodes) {
  sql::SqlLockStore mine(*here, {.listen = listen, .poll_listening = kLong});
  sql::SqlLockStore theirs(*there, {.listen = listen, .poll_listening = kLong});
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(loop.run(mine.try_take("a", "o", kLong)).granted);
    // A wait may end early, as when listening has just begun.
    auto take_after = [&]() -> Task<void> {
      while (!(co_await theirs.try_take("a", "next", kLong)).granted)
        co_await theirs.wait_released("a", kLong);
    };
    auto taking = boost::asio::co_spawn(other.context(), take_after(), boost::asio::use_future);
    EXPECT_EQ(taking.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
    ASSERT_TRUE(loop.run(mine.release("a", "o")));
    ASSERT_EQ(taking.wait_for(std::chrono::seconds(30)), std::future_status::ready);
    taking.get();
    ASSERT_TRUE(loop.run(theirs.release("a", "next")));
  }
}

TEST_F(SqlAnnouncements, SignalsWakeReadersOfOtherNodes) {
  sql::SqlSignalLog mine(*here, {.listen = listen, .poll_listening = kLong});
  sql::SqlSignalLog theirs(*there, {.listen = listen, .poll_listening = kLong});
  SignalPosition after = loop.run(mine.newest("a"));
  for (int round = 0; round < 5; ++round) {
    const std::vector<cluster::SignalLog::Cursor> cursors{{"a", after}};
    auto reading =
        boost::asio::co_spawn(other.context(), theirs.read(cursors, kLong), boost::asio::use_future);
    EXPECT_EQ(reading.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
    after = loop.run(mine.append("a", "x"));
    ASSERT_EQ(reading.wait_for(std::chrono::seconds(30)), std::future_status::ready);
    EXPECT_EQ(reading.get().at(0).newest, after);
  }
}

}  // namespace
}  // namespace flotilla::contract
