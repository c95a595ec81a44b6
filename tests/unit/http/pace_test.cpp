#include "http/pace.hpp"

#include <gtest/gtest.h>

namespace flotilla::http::test {
namespace {

using namespace std::chrono_literals;

const Pace::TimePoint kStart{};

TEST(PaceTest, is_never_late_without_a_time_out) {
  Pace pace;
  EXPECT_EQ(pace.deadline(), Pace::TimePoint::max());
  pace.progress(kStart, 1'000'000);
  EXPECT_EQ(pace.deadline(), Pace::TimePoint::max());
}

TEST(PaceTest, nothing_moves) {
  Pace pace(kStart, 10s, 1000);
  EXPECT_EQ(pace.deadline(), kStart + 10s);
  pace.progress(kStart + 5s, 0);
  EXPECT_EQ(pace.deadline(), kStart + 10s);
}

TEST(PaceTest, dripping_earns_next_to_nothing) {
  Pace pace(kStart, 10s, 1000);
  for (int i = 1; i <= 9; ++i) pace.progress(kStart + i * 1s, 1);
  EXPECT_EQ(pace.deadline(), kStart + 10s + 9ms);
}

TEST(PaceTest, small_steps_are_not_rounded_away) {
  Pace pace(kStart, 10s, 1'000'000);
  for (int i = 0; i < 1'000'000; ++i) pace.progress(kStart + 9s, 1);
  EXPECT_EQ(pace.deadline(), kStart + 11s);
}

TEST(PaceTest, a_steady_peer_may_take_as_long_as_it_needs) {
  Pace pace(kStart, 10s, 1000);
  for (int i = 1; i <= 1000; ++i) {
    pace.progress(kStart + i * 1s, 1000);
    ASSERT_EQ(pace.deadline(), kStart + i * 1s + 10s);
  }
}

TEST(PaceTest, a_burst_buys_no_long_silence) {
  Pace pace(kStart, 10s, 1000);
  pace.progress(kStart + 1s, 1'000'000'000);
  EXPECT_EQ(pace.deadline(), kStart + 11s);
}

TEST(PaceTest, without_a_rate_the_whole_time_counts) {
  Pace pace(kStart, 10s, 0);
  pace.progress(kStart + 9s, 1'000'000);
  EXPECT_EQ(pace.deadline(), kStart + 10s);
}

}  // namespace
}  // namespace flotilla::http::test
