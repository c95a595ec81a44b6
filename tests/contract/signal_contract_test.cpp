// What every SignalLog promises: see cluster/signal/signal_log.hpp.
#include <map>

#include "adapters/memory/memory_signal_log.hpp"
#include "contract/adapters.hpp"
#include "contract/makers/redis_cluster.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using cluster::Millis;
using cluster::SignalBatch;
using cluster::SignalLog;
using cluster::SignalPosition;

std::shared_ptr<SignalLog> memory_signals(test::Loop&, const std::string& app) {
  static std::map<std::string, std::shared_ptr<SignalLog>> logs;
  std::shared_ptr<SignalLog>& log = logs[app];
  if (!log) log = std::make_shared<memory::MemorySignalLog>();
  return log;
}

class SignalContract : public Contract<SignalLog> {
 protected:
  std::string channel(const std::string& name = "c") const { return app + "." + name; }
  std::vector<SignalBatch> read(SignalLog& log, std::vector<SignalLog::Cursor> cursors,
                                Millis wait = Millis{1}) {
    return loop.run(log.read(std::move(cursors), wait));
  }
};

TEST_P(SignalContract, NumbersRiseByOneForEachChannel) {
  const auto a = node(), b = node();
  for (std::uint64_t n = 1; n <= 20; ++n) {
    const SignalPosition position = loop.run((n % 2 ? a : b)->append(channel(), "x"));
    EXPECT_EQ(position.number, n);
    EXPECT_FALSE(position.epoch.empty());
  }
  EXPECT_EQ(loop.run(a->append(channel("other"), "x")).number, 1u);
  EXPECT_EQ(loop.run(b->newest(channel())).number, 20u);
  EXPECT_EQ(loop.run(b->newest(channel())).epoch, loop.run(a->newest(channel())).epoch);
}

TEST_P(SignalContract, AReaderGetsWhatFollowsItsCursorInOrder) {
  const auto a = node(), b = node();
  const SignalPosition start = loop.run(b->newest(channel()));
  EXPECT_EQ(start.number, 0u);
  const std::vector<std::string> bodies = {R"({"n":1})", R"("ünï€")", std::string(100'000, 'x')};
  for (const std::string& body : bodies) loop.run(a->append(channel(), body));
  std::vector<SignalBatch> batches = read(*b, {{channel(), start}});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].channel, channel());
  ASSERT_EQ(batches[0].signals.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(batches[0].signals[i].body, bodies[i]);
    EXPECT_EQ(batches[0].signals[i].position.number, i + 1);
    EXPECT_EQ(batches[0].signals[i].position.epoch, batches[0].newest.epoch);
  }
  EXPECT_EQ(batches[0].newest.number, 3u);
  batches = read(*b, {{channel(), batches[0].signals[1].position}});
  ASSERT_EQ(batches.size(), 1u);
  ASSERT_EQ(batches[0].signals.size(), 1u);
  EXPECT_EQ(batches[0].signals[0].position.number, 3u);
  EXPECT_TRUE(read(*b, {{channel(), batches[0].newest}}).empty()) << "nothing is new";
}

TEST_P(SignalContract, SeveralChannelsAreReadAtOnce) {
  const auto a = node();
  const SignalPosition one = loop.run(a->newest(channel("1"))), two = loop.run(a->newest(channel("2"))),
                       three = loop.run(a->newest(channel("3")));
  loop.run(a->append(channel("1"), "a"));
  loop.run(a->append(channel("3"), "b"));
  loop.run(a->append(channel("3"), "c"));
  std::map<std::string, std::size_t> found;
  for (const SignalBatch& batch : read(*a, {{channel("1"), one}, {channel("2"), two}, {channel("3"), three}}))
    found[batch.channel] = batch.signals.size();
  EXPECT_EQ(found, (std::map<std::string, std::size_t>{{channel("1"), 1}, {channel("3"), 2}}));
}

TEST_P(SignalContract, AWaitingReaderIsWokenByAnotherNode) {
  const auto a = node(), b = node();
  auto wait = [&]() -> Task<std::size_t> {
    const SignalPosition start = co_await b->newest(channel());
    TaskGroup writing(co_await boost::asio::this_coro::executor);
    auto write = [&]() -> Task<void> {
      boost::asio::steady_timer soon(co_await boost::asio::this_coro::executor, Millis{100});
      co_await soon.async_wait(boost::asio::use_awaitable);
      co_await a->append(channel(), "x");
    };
    writing.spawn("write", write());
    std::vector<SignalLog::Cursor> cursors{{channel(), start}};
    const std::vector<SignalBatch> batches = co_await b->read(std::move(cursors), Millis{30'000});
    co_await writing.wait();
    co_return batches.empty() ? 0 : batches[0].signals.size();
  };
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(loop.run(wait), 1u);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
}

/// Logs that keep a number of signals whatever their age; in a database they are kept for 10 minutes: see
/// SqlSignalTrim.
class TrimmedSignals : public SignalContract {};

TEST_P(TrimmedSignals, AReaderThatComesTooLateSeesTheGap) {
  const auto a = node();
  const SignalPosition start = loop.run(a->newest(channel()));
  constexpr int kWriters = 24, kEach = 500;
  auto fill = [&]() -> Task<void> {
    TaskGroup writers(co_await boost::asio::this_coro::executor);
    auto write = [&]() -> Task<void> {
      for (int i = 0; i < kEach; ++i) co_await a->append(channel(), "x");
    };
    for (int i = 0; i < kWriters; ++i) writers.spawn("write", write());
    co_await writers.wait();
  };
  loop.run(fill, std::chrono::seconds(120));
  const std::vector<SignalBatch> batches = read(*a, {{channel(), start}});
  ASSERT_EQ(batches.size(), 1u);
  ASSERT_FALSE(batches[0].signals.empty());
  EXPECT_GT(batches[0].signals[0].position.number, 1u) << "what was trimmed shows as a gap";
  EXPECT_EQ(batches[0].signals[0].position.epoch, start.epoch);
}

INSTANTIATE_TEST_SUITE_P(Adapters, TrimmedSignals,
                         testing::Values(Adapter<SignalLog>{"memory", memory_signals},
                                         at_server<SignalLog>("redis7", redis_signals),
                                         at_server<SignalLog>("redis8", redis_signals)),
                         adapter_name);

TEST_P(SignalContract, WritersOfSeveralNodesMakeOneUnbrokenSequence) {
  const auto a = node(), b = node(), c = node();
  constexpr std::uint64_t kEach = 40;
  auto all = [&]() -> Task<std::vector<std::uint64_t>> {
    SignalPosition at = co_await c->newest(channel());
    TaskGroup writers(co_await boost::asio::this_coro::executor);
    auto write = [&](SignalLog& log) -> Task<void> {
      for (std::uint64_t i = 0; i < kEach; ++i) co_await log.append(channel(), "x");
    };
    writers.spawn("a", write(*a));
    writers.spawn("b", write(*b));
    std::vector<std::uint64_t> numbers;
    while (numbers.size() < 2 * kEach) {
      std::vector<SignalLog::Cursor> cursors{{channel(), at}};
      for (const SignalBatch& batch : co_await c->read(std::move(cursors), Millis{5'000})) {
        for (const cluster::Signal& signal : batch.signals) {
          numbers.push_back(signal.position.number);
          at = signal.position;
        }
      }
    }
    co_await writers.wait();
    co_return numbers;
  };
  const std::vector<std::uint64_t> numbers = loop.run(all, std::chrono::seconds(120));
  for (std::size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i + 1);
}

TEST_P(SignalContract, ApplicationsAreApart) {
  const auto a = node();
  loop.run(a->append(channel(), "x"));
  app = fresh_app();
  const auto other = node();
  EXPECT_EQ(loop.run(other->newest(channel())).number, 0u);
}

INSTANTIATE_TEST_SUITE_P(Adapters, SignalContract,
                         testing::Values(Adapter<SignalLog>{"memory", memory_signals},
                                         Adapter<SignalLog>{"sqlite", sqlite_signals},
                                         at_server<SignalLog>("postgres", postgres_signals),
                                         at_server<SignalLog>("mariadb", mariadb_signals),
                                         at_server<SignalLog>("redis7", redis_signals),
                                         at_server<SignalLog>("redis8", redis_signals)),
                         adapter_name);

}  // namespace
}  // namespace flotilla::contract
