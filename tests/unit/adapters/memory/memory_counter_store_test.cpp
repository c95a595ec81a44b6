#include "adapters/memory/memory_counter_store.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::memory {
namespace {

using namespace std::chrono_literals;

class MemoryCounters : public testing::Test {
 protected:
  std::int64_t add(const std::string& key, std::int64_t by, std::optional<cluster::Millis> ttl = {}) {
    return loop.run(store.add(key, by, ttl));
  }
  std::int64_t get(const std::string& key) { return loop.run(store.get(key)); }

  cluster::Monotonic now{std::chrono::hours(1)};
  MemoryCounterStore store{[this] { return now; }};
  test::Loop loop;
};

TEST_F(MemoryCounters, OnlyTheAddThatMakesTheCounterArmsItsLife) {
  EXPECT_EQ(add("k", 1, 100ms), 1);
  now += 60ms;
  EXPECT_EQ(add("k", 1, 100ms), 2);
  now += 39ms;
  EXPECT_EQ(get("k"), 2);
  now += 1ms;
  EXPECT_EQ(get("k"), 0);
  EXPECT_EQ(add("k", 5, 100ms), 5) << "the next window begins at nothing";
  now += 99ms;
  EXPECT_EQ(add("k", 1), 6);
  now += 1ms;
  EXPECT_EQ(get("k"), 0);
}

TEST_F(MemoryCounters, ACounterMadeWithoutALifeStays) {
  add("k", 1);
  add("k", 1, 100ms);
  now += 1000h;
  EXPECT_EQ(get("k"), 2);
}

TEST_F(MemoryCounters, ATotalOfZeroIsStillTheSameCounter) {
  add("k", 1, 100ms);
  add("k", -1);
  now += 50ms;
  EXPECT_EQ(add("k", 1, 100ms), 1);
  now += 50ms;
  EXPECT_EQ(get("k"), 0);
}

TEST_F(MemoryCounters, BeyondSixtyFourBitsNothingChanges) {
  add("k", INT64_MAX);
  EXPECT_THROW(add("k", 1), Error);
  EXPECT_EQ(get("k"), INT64_MAX);
}

TEST_F(MemoryCounters, DeadCountersDoNotPileUp) {
  for (int i = 0; i < 20'000; ++i) {
    add("k" + std::to_string(i), 1, 10ms);
    if (i % 100 == 0) now += 10ms;
  }
  EXPECT_LE(store.size(), 1'200u);
  const std::size_t before = store.size();
  loop.run(store.reset("k19999"));
  EXPECT_EQ(store.size(), before - 1);
}

TEST_F(MemoryCounters, ThreadsLoseNothing) {
  auto work = [this] {
    test::Loop own;
    for (int i = 0; i < 1'000; ++i) own.run(store.add("k", 1, 1h));
  };
  std::thread one(work), two(work), three(work);
  one.join();
  two.join();
  three.join();
  EXPECT_EQ(get("k"), 3'000);
}

}  // namespace
}  // namespace flotilla::memory
