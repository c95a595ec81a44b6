#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "cluster/snowflake/high_water.hpp"

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

struct HighWater : testing::Test {
  HighWater() {
    std::string name = (std::filesystem::temp_directory_path() / "flotilla-mark-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    folder = name;
  }
  ~HighWater() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
  void put(const std::string& text) { std::ofstream(folder / "mark") << text; }
};

TEST_F(HighWater, StoresAndLoads) {
  HighWaterFile file(folder / "deep" / "mark");
  EXPECT_EQ(file.load(), 0);
  file.store(kNow);
  EXPECT_EQ(file.load(), kNow);
  file.store(kNow + 1);
  EXPECT_EQ(HighWaterFile(folder / "deep" / "mark").load(), kNow + 1);
}

TEST_F(HighWater, DamageIsAnErrorThatNamesTheFile) {
  for (std::string text : {"", "\n", "abc", "12x", "-5", "99999999999999999999", " 5", "1.5"}) {
    put(text);
    try {
      HighWaterFile(folder / "mark").load();
      FAIL() << "accepted: " << text;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("mark"), std::string::npos);
    }
  }
  std::filesystem::create_directory(folder / "dir");
  EXPECT_THROW(HighWaterFile(folder / "dir").load(), std::runtime_error);
}

TEST_F(HighWater, KeeperReservesAtOnceAndFailsLoudly) {
  FakeClock clock;
  SnowflakeGenerator generator(0, clock, 0);
  {
    HighWaterKeeper keeper(generator, HighWaterFile(folder / "mark"), [](const std::string&) {});
    generator.next();
  }
  EXPECT_EQ(HighWaterFile(folder / "mark").load(), kNow + SnowflakeGenerator::kReserveSeconds);
  put("in the way");
  SnowflakeGenerator other(0, clock, 0);
  EXPECT_ANY_THROW(
      HighWaterKeeper(other, HighWaterFile(folder / "mark" / "below"), [](const std::string&) {}));
}

}  // namespace
}  // namespace flotilla::cluster
