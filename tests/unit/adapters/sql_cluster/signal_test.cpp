#include <algorithm>
#include <map>

#include "adapters/sql/sql_signal.hpp"
#include "cluster/unavailable.hpp"
#include "support.hpp"

namespace flotilla::sql::test {
namespace {

using cluster::SignalBatch;
using cluster::SignalPosition;
using Cursor = cluster::SignalLog::Cursor;

constexpr Millis kLong{600'000};

std::vector<std::string> bodies(const SignalBatch& batch) {
  std::vector<std::string> bodies;
  for (const auto& signal : batch.signals) bodies.push_back(signal.body);
  return bodies;
}
using Bodies = std::vector<std::string>;

class SqlSignal : public testing::Test {
 protected:
  SignalPosition append(const std::string& channel, const std::string& body) {
    return fleet.loop.run(log.append(channel, body));
  }
  SignalPosition newest(const std::string& channel) { return fleet.loop.run(log.newest(channel)); }
  std::vector<SignalBatch> read(SqlSignalLog& log, std::vector<Cursor> cursors, Millis wait = Millis(0)) {
    return fleet.loop.run(log.read(std::move(cursors), wait));
  }
  std::vector<SignalBatch> read(std::vector<Cursor> cursors, Millis wait = Millis(0)) {
    return read(log, std::move(cursors), wait);
  }
  std::future<std::vector<SignalBatch>> start_read(SqlSignalLog& log, std::vector<Cursor> cursors) {
    auto reading = boost::asio::co_spawn(fleet.loop.context(), log.read(std::move(cursors), kLong),
                                         boost::asio::use_future);
    EXPECT_EQ(reading.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    return reading;
  }

  Fleet fleet{4};
  ManualClock clock;
  SqlSignalLog log{fleet.node(), {}, Random::system(), clock};
};

TEST_F(SqlSignal, NumbersEachChannelByItself) {
  const SignalPosition start = newest("a");
  EXPECT_EQ(start.number, 0u);
  EXPECT_FALSE(start.epoch.empty());
  EXPECT_EQ(append("a", "one"), (SignalPosition{start.epoch, 1}));
  EXPECT_EQ(append("a", "two"), (SignalPosition{start.epoch, 2}));
  const SignalPosition other = append("b", "first of b");
  EXPECT_EQ(other.number, 1u);
  EXPECT_NE(other.epoch, start.epoch);
  EXPECT_EQ(newest("a").number, 2u);
}

TEST_F(SqlSignal, GivesWhatFollowsTheCursors) {
  const SignalPosition a = newest("a"), b = newest("b");
  EXPECT_TRUE(read({{"a", a}, {"b", b}}).empty());
  EXPECT_TRUE(read({}).empty());
  for (const char* body : {"one", "two", "three"}) append("a", body);
  auto batches = read({{"a", a}, {"b", b}});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].channel, "a");
  EXPECT_EQ(batches[0].newest, (SignalPosition{a.epoch, 3}));
  EXPECT_EQ(bodies(batches[0]), (Bodies{"one", "two", "three"}));
  EXPECT_EQ(batches[0].signals[1].position, (SignalPosition{a.epoch, 2}));
  append("b", "{\"text\":\"ä\\u0000?\"}");
  batches = read({{"b", b}, {"a", {a.epoch, 2}}});
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(bodies(batches[0]), (Bodies{"{\"text\":\"ä\\u0000?\"}"}));
  EXPECT_EQ(bodies(batches[1]), (Bodies{"three"}));
}

TEST_F(SqlSignal, TellsAReaderOfAnotherHistory) {
  append("a", "one");
  const SignalPosition here = newest("a");
  auto batches = read({{"a", {"another epoch", 1}}});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].newest, here);
  EXPECT_EQ(bodies(batches[0]), (Bodies{"one"}));
  // The store lost everything.
  fleet.execute("DELETE FROM flotilla_signals");
  fleet.execute("DELETE FROM flotilla_signal_channels");
  batches = read({{"a", here}});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].newest.number, 0u);
  EXPECT_NE(batches[0].newest.epoch, here.epoch);
  EXPECT_TRUE(batches[0].signals.empty());
}

TEST_F(SqlSignal, GivesALongBacklogInPieces) {
  const SignalPosition start = newest("a");
  auto many = [&](data::Session& session) -> Task<void> {
    for (int i = 1; i <= 1'500; ++i) co_await log.append_in(session, "a", std::to_string(i));
  };
  fleet.loop.run([&]() -> Task<void> { co_await fleet.node().write(many); });
  auto batches = read({{"a", start}});
  ASSERT_EQ(batches.size(), 1u);
  ASSERT_EQ(batches[0].signals.size(), 1'000u);
  EXPECT_EQ(batches[0].newest.number, 1'500u);
  batches = read({{"a", batches[0].signals.back().position}});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].signals.front().body, "1001");
  EXPECT_EQ(batches[0].signals.size(), 500u);
}

// The reads below end by the event or not at all: polls and waits are longer than the test may take.
TEST_F(SqlSignal, AReaderOfTheSameProcessIsWokenWithoutPolling) {
  SqlSignalLog quiet(fleet.node(), {.poll = kLong});
  const SignalPosition start = newest("a");
  auto reading = start_read(quiet, {{"a", start}});
  fleet.other.run(quiet.append("a", "hello"));
  ASSERT_EQ(reading.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(bodies(reading.get().at(0)), (Bodies{"hello"}));
}

TEST_F(SqlSignal, AReaderOfAnotherProcessSeesIt) {
  SqlSignalLog there(fleet.node(1));
  const SignalPosition start = newest("a");
  auto reading = start_read(there, {{"a", start}});
  fleet.other.run(log.append("a", "hello"));
  ASSERT_EQ(reading.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(bodies(reading.get().at(0)), (Bodies{"hello"}));
}

TEST_F(SqlSignal, AppendingBelongsToTheTransaction) {
  const SignalPosition start = newest("a");
  SignalPosition lost;
  auto fail = [&](data::Session& session) -> Task<void> {
    lost = co_await log.append_in(session, "a", "never");
    throw std::runtime_error("changed its mind");
  };
  EXPECT_THROW(fleet.loop.run([&]() -> Task<void> { co_await fleet.node().write(fail); }),
               std::runtime_error);
  EXPECT_EQ(lost.number, 1u);
  EXPECT_TRUE(read({{"a", start}}).empty());

  SqlSignalLog quiet(fleet.node(), {.poll = kLong});
  auto reading = start_read(quiet, {{"a", start}});
  auto succeed = [&](data::Session& session) -> Task<void> {
    co_await quiet.append_in(session, "a", "kept");
  };
  fleet.other.run([&]() -> Task<void> { co_await fleet.node().write(succeed); });
  ASSERT_EQ(reading.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  const auto batches = reading.get();
  EXPECT_EQ(batches.at(0).newest, (SignalPosition{start.epoch, 1})) << "the lost number is not missing";
  EXPECT_EQ(bodies(batches[0]), (Bodies{"kept"}));
}

TEST_F(SqlSignal, AppendsThatComeTogetherKeepTheirOrder) {
  const SignalPosition start = newest("a");
  std::vector<std::future<SignalPosition>> appended;
  for (int i = 0; i < 300; ++i)
    appended.push_back(boost::asio::co_spawn(fleet.loop.context(), log.append("a", std::to_string(i)),
                                             boost::asio::use_future));
  for (std::uint64_t i = 0; i < 300; ++i) ASSERT_EQ(appended[i].get(), (SignalPosition{start.epoch, i + 1}));
  const auto batches = read({{"a", start}});
  ASSERT_EQ(batches.at(0).signals.size(), 300u);
  for (std::uint64_t i = 0; i < 300; ++i) {
    EXPECT_EQ(batches[0].signals[i].position.number, i + 1);
    EXPECT_EQ(batches[0].signals[i].body, std::to_string(i));
  }
}

TEST_F(SqlSignal, OneThatIsRefusedHarmsNoneThatCameWithIt) {
  const SignalPosition start = newest("a");
  fleet.execute(
      "CREATE TRIGGER no_bad BEFORE INSERT ON flotilla_signals WHEN new.body LIKE 'bad%' "
      "BEGIN SELECT raise(ABORT, 'bad'); END");
  std::vector<std::future<SignalPosition>> appended;
  for (int i = 0; i < 60; ++i)
    appended.push_back(boost::asio::co_spawn(
        fleet.loop.context(), log.append("a", (i % 20 == 7 ? "bad " : "good ") + std::to_string(i)),
        boost::asio::use_future));
  std::uint64_t number = 0;
  for (int i = 0; i < 60; ++i) {
    if (i % 20 == 7)
      EXPECT_THROW(appended[i].get(), cluster::Unavailable);
    else
      EXPECT_EQ(appended[i].get(), (SignalPosition{start.epoch, ++number}));
  }
  EXPECT_EQ(read({{"a", start}}).at(0).signals.size(), 57u);
}

class SqlSignalTrim : public SqlSignal {
 protected:
  static constexpr Millis kAge{60'000};

  /// Each signal is a millisecond younger than the one before.
  void append_many(int count) {
    auto many = [&](data::Session& session) -> Task<void> {
      for (int i = 0; i < count; ++i) {
        clock.advance(1);
        co_await small.append_in(session, "a", "x");
      }
    };
    fleet.loop.run([&]() -> Task<void> { co_await fleet.node().write(many); });
  }
  std::int64_t oldest() { return fleet.number("SELECT min(number) FROM flotilla_signals"); }
  std::int64_t kept() { return fleet.number("SELECT count(*) FROM flotilla_signals"); }

  SqlSignalLog small{fleet.node(), {.keep_count = 100, .keep_for = kAge}, Random::system(), clock};
};

TEST_F(SqlSignalTrim, KeepsTheYoungAndTheNewest) {
  append_many(300);
  EXPECT_EQ(kept(), 300) << "all are younger than the age";
  clock.advance(kAge.count() + 1'000);
  append_many(212);
  EXPECT_EQ(kept(), 212) << "the 512th removed those that are old";
  clock.advance(kAge.count() + 1'000);
  append_many(256);
  EXPECT_EQ(kept(), 256) << "the 768th came; those before 513 are old, the others are young";
  clock.advance(kAge.count() + 1'000);
  append_many(255);
  EXPECT_EQ(kept(), 511);
  clock.advance(kAge.count() + 1'000);
  append_many(1);
  EXPECT_EQ(kept(), 100) << "all but the last are old, and 100 are kept";
  EXPECT_EQ(oldest(), 925);
}

TEST_F(SqlSignalTrim, AReaderThatComesTooLateSeesTheGap) {
  const SignalPosition start = fleet.loop.run(small.newest("a"));
  append_many(255);
  clock.advance(kAge.count() + 1'000);
  append_many(1);
  const auto batches = read(small, {{"a", start}});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].signals.front().position.number, 157u);
  EXPECT_EQ(batches[0].newest.number, 256u);
}

TEST_F(SqlSignalTrim, RemovesFromTheFrontOnlyWhateverTheClockDoes) {
  append_many(50);
  clock.advance(900'000);
  append_many(1);  // number 51 is from the future
  clock.advance(-900'000);
  append_many(204);
  clock.advance(kAge.count() + 1'000);
  append_many(1);
  EXPECT_EQ(oldest(), 51);
  EXPECT_EQ(kept(), 256 - 50) << "what is kept has no gap";
}

TEST_F(SqlSignal, RefusesWhatItCannotKeep) {
  EXPECT_EQ(status_of([&] { append("", "x"); }), 400);
  EXPECT_EQ(status_of([&] { append(std::string(513, 'c'), "x"); }), 400);
  EXPECT_EQ(status_of([&] { append("a", std::string("x\0y", 3)); }), 400);
  EXPECT_EQ(status_of([&] { newest(""); }), 400);
  EXPECT_EQ(status_of([&] { read({{"", {}}}); }), 400);
}

TEST(SqlSignalCrowd, ReadersSeeEveryNumberInOrder) {
  constexpr int kNodes = 4, kWriters = 8, kEach = 120, kChannels = 3;
  Fleet fleet(kNodes);
  std::vector<std::unique_ptr<SqlSignalLog>> logs;
  for (int i = 0; i < kNodes; ++i) logs.push_back(std::make_unique<SqlSignalLog>(fleet.node(i)));
  std::vector<Cursor> start;
  for (int i = 0; i < kChannels; ++i) {
    const std::string channel = std::to_string(i);
    start.push_back({channel, fleet.loop.run(logs[0]->newest(channel))});
  }
  std::atomic<int> faults{0};
  std::vector<std::map<std::string, Bodies>> seen(kNodes);
  Crowd crowd(fleet);
  for (int node = 0; node < kNodes; ++node) {
    crowd.add([&, node]() -> Task<void> {
      std::vector<Cursor> cursors = start;
      for (int left = kWriters * kEach; left > 0;) {
        const auto batches = co_await logs[node]->read(cursors, Millis(1'000));
        for (const SignalBatch& batch : batches) {
          auto cursor = std::ranges::find(cursors, batch.channel, &Cursor::channel);
          for (const auto& signal : batch.signals) {
            if (signal.position != SignalPosition{cursor->after.epoch, cursor->after.number + 1}) ++faults;
            cursor->after = signal.position;
            seen[node][batch.channel].push_back(signal.body);
            --left;
          }
        }
      }
    });
  }
  for (int writer = 0; writer < kWriters; ++writer) {
    crowd.add([&, writer]() -> Task<void> {
      for (int i = 0; i < kEach; ++i)
        co_await logs[writer % kNodes]->append(std::to_string(i % kChannels),
                                               std::to_string(writer) + ":" + std::to_string(i));
    });
  }
  crowd.wait();
  EXPECT_EQ(faults, 0);
  for (int node = 1; node < kNodes; ++node) EXPECT_EQ(seen[node], seen[0]);
}

}  // namespace
}  // namespace flotilla::sql::test
