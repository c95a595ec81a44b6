#include "cluster/snowflake/snowflake.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::cluster {
namespace {

constexpr std::int64_t kNow = 1'714'979'289;

struct FakeClock : Clock {
  std::int64_t seconds = kNow;
  UnixMs now() const override { return UnixMs(std::chrono::seconds(seconds)); }
};

TEST(Snowflake, PartsSurviveTheRoundTrip) {
  Snowflake parts{kNow, 31, 65535};
  Snowflake back = Snowflake::parse(parts.id());
  EXPECT_EQ(back.seconds, kNow);
  EXPECT_EQ(back.worker, 31);
  EXPECT_EQ(back.sequence, 65535);
  EXPECT_LT(parts.id(), std::int64_t{1} << 53);
  EXPECT_EQ((Snowflake{Snowflake::kEpochSeconds, 0, 0}.id()), 0);
}

TEST(Snowflake, WorkersOutOfRangeAreRefused) {
  FakeClock clock;
  EXPECT_THROW(SnowflakeGenerator(-1, clock, 0), std::invalid_argument);
  EXPECT_THROW(SnowflakeGenerator(32, clock, 0), std::invalid_argument);
}

TEST(Snowflake, NothingIsGivenBeforeSecondsAreReserved) {
  FakeClock clock;
  SnowflakeGenerator generator(3, clock, 0);
  try {
    generator.next();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 503);
  }
  generator.reserve(generator.wanted_reservation());
  EXPECT_EQ(Snowflake::parse(generator.next()).worker, 3);
}

TEST(Snowflake, RisesWhenTheClockStepsBack) {
  FakeClock clock;
  SnowflakeGenerator generator(0, clock, 0);
  generator.reserve(kNow + 100);
  std::int64_t last = generator.next();
  for (std::int64_t step : {-1, -3600, 0, 1, -50, 2}) {
    clock.seconds = kNow + step;
    std::int64_t id = generator.next();
    EXPECT_GT(id, last);
    last = id;
  }
}

TEST(Snowflake, AFullSecondBorrowsTheNextUpToTheReservation) {
  FakeClock clock;
  SnowflakeGenerator generator(0, clock, 0);
  generator.reserve(kNow + 1);
  std::int64_t last = 0;
  for (int i = 0; i < 2 * 65536; ++i) {
    std::int64_t id = generator.next();
    ASSERT_GT(id, last);
    last = id;
  }
  EXPECT_EQ(Snowflake::parse(last).seconds, kNow + 1);
  EXPECT_THROW(generator.next(), Error);
  generator.reserve(generator.wanted_reservation());
  EXPECT_GT(generator.next(), last);
}

TEST(Snowflake, ARestartNeverRepeats) {
  FakeClock clock;
  std::int64_t last = 0, mark = 0;
  for (int restart = 0; restart < 5; ++restart) {
    SnowflakeGenerator generator(0, clock, mark);  // within the same second, or with the clock set back
    mark = generator.wanted_reservation();
    generator.reserve(mark);
    for (int i = 0; i < 3; ++i) {
      std::int64_t id = generator.next();
      EXPECT_GT(id, last);
      last = id;
    }
    clock.seconds -= restart;
  }
}

TEST(Snowflake, ThreadsNeverShareAnId) {
  FakeClock clock;
  SnowflakeGenerator generator(0, clock, 0);
  generator.reserve(kNow + 10);
  std::vector<std::vector<std::int64_t>> given(4);
  {
    std::vector<std::jthread> threads;
    for (auto& ids : given)
      threads.emplace_back([&] {
        for (int i = 0; i < 20'000; ++i) ids.push_back(generator.next());
      });
  }
  std::set<std::int64_t> all;
  for (const auto& ids : given) {
    EXPECT_TRUE(std::ranges::is_sorted(ids));
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all.size(), 80'000u);
}

/// A generator that stands on a lease, as a node has it.
class LeasedSnowflake : public testing::Test {
 protected:
  int status() {
    try {
      generator.next();
    } catch (const Error& error) {
      return error.status();
    }
    return 200;
  }
  FakeClock clock;
  Monotonic now{std::chrono::seconds(100)};
  SnowflakeGenerator generator{clock, [this] { return now; }};
};

TEST_F(LeasedSnowflake, MakesNothingWithoutAWorkerId) {
  EXPECT_EQ(generator.worker(), std::nullopt);
  EXPECT_EQ(status(), 503);
}

TEST_F(LeasedSnowflake, MakesIdsOnlyUntilTheLeaseEnds) {
  generator.hold(7, 0, now + std::chrono::seconds(9));
  generator.reserve(kNow + 10);
  EXPECT_EQ(Snowflake::parse(generator.next()).worker, 7);
  now += std::chrono::milliseconds(8'999);
  EXPECT_EQ(status(), 200);
  now += std::chrono::milliseconds(1);
  EXPECT_EQ(status(), 503) << "a pause of the process lasted longer than the lease";
  EXPECT_EQ(generator.worker(), std::nullopt);
  generator.extend(now + std::chrono::seconds(9));
  EXPECT_EQ(status(), 200);
}

TEST_F(LeasedSnowflake, MakesNothingAfterItWasDropped) {
  generator.hold(7, 0, now + std::chrono::seconds(9));
  generator.reserve(kNow + 10);
  EXPECT_EQ(status(), 200);
  generator.drop();
  EXPECT_EQ(status(), 503);
}

TEST_F(LeasedSnowflake, NeverUsesASecondUpToTheMarkOfTheIdItHoldsNow) {
  generator.hold(7, kNow + 30, now + std::chrono::seconds(9));
  generator.reserve(kNow + 40);
  EXPECT_GT(Snowflake::parse(generator.next()).seconds, kNow + 30);
  // Another id, of a node whose clock was behind.
  generator.drop();
  generator.hold(8, kNow - 50, now + std::chrono::seconds(9));
  generator.reserve(kNow + 60);
  const Snowflake next = Snowflake::parse(generator.next());
  EXPECT_EQ(next.worker, 8);
  EXPECT_GT(next.seconds, kNow - 50);
}

TEST_F(LeasedSnowflake, RefusesWorkersThatTheLayoutHasNoRoomFor) {
  for (const int worker : {-1, 32})
    EXPECT_THROW(generator.hold(worker, 0, now + std::chrono::seconds(9)), std::invalid_argument) << worker;
}

TEST_F(LeasedSnowflake, WaitsForIdsWithoutSpinningUntilSecondsAreReserved) {
  test::Loop loop;
  generator.hold(7, 0, now + std::chrono::seconds(9));
  auto waiting = boost::asio::co_spawn(loop.context(), generator.wait_for(10), boost::asio::use_future);
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  generator.reserve(kNow + 10);
  waiting.get();
  EXPECT_EQ(status(), 200);
}

TEST_F(LeasedSnowflake, ABatchThatCannotBeIsRefusedWithTheLimit) {
  test::Loop loop;
  try {
    loop.run(generator.wait_for(SnowflakeGenerator::kBatchMax + 1));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    EXPECT_NE(std::string(error.what()).find(std::to_string(SnowflakeGenerator::kBatchMax)),
              std::string::npos);
  }
}

}  // namespace
}  // namespace flotilla::cluster
