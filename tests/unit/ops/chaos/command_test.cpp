#include "ops/chaos/command.hpp"

#include <gmock/gmock.h>

namespace flotilla::ops::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr milliseconds kLong{20'000};

TEST(ChaosCommand, SaysNothingOfWhatWentWell) { EXPECT_EQ(run_command("echo done; true", kLong), ""); }

TEST(ChaosCommand, SaysHowItFailedAndWhatWasPrinted) {
  EXPECT_EQ(run_command("echo no such node >&2; exit 3", kLong), "exit code 3: no such node");
  EXPECT_THAT(run_command("kill -9 $$", kLong), HasSubstr("signal 9"));
}

TEST(ChaosCommand, EndsWhatTakesTooLongWithItsChildren) {
  const auto begun = steady_clock::now();
  EXPECT_THAT(run_command("sleep 600 & wait", milliseconds(100)), HasSubstr("not done within 100 ms"));
  EXPECT_LT(steady_clock::now() - begun, kLong);
}

TEST(ChaosCommand, DoesNotWaitForWhatItLeavesRunning) {
  const auto begun = steady_clock::now();
  EXPECT_EQ(run_command("sleep 60 & echo $! > /dev/null", kLong), "");
  EXPECT_LT(steady_clock::now() - begun, kLong);
}

}  // namespace
}  // namespace flotilla::ops::chaos
