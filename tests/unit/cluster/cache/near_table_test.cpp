#include "cluster/cache/near_table.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace flotilla::cluster {
namespace {

using namespace std::chrono_literals;

const Monotonic kStart{std::chrono::hours(1)};

NearTable::Text text(std::string value) { return std::make_shared<const std::string>(std::move(value)); }

std::string found(NearTable& table, std::string_view key, Monotonic now = kStart) {
  const NearTable::Text value = table.find(key, now);
  return value ? *value : "-";
}

TEST(NearTable, KeepsACopyUntilItsLifeEnds) {
  NearTable table(10);
  ASSERT_TRUE(table.fill(table.begin("k"), "k", text("v"), kStart + 5ms));
  EXPECT_EQ(found(table, "k", kStart + 4ms), "v");
  EXPECT_EQ(found(table, "k", kStart + 5ms), "-");
  EXPECT_EQ(table.size(), 0u) << "a dead copy takes no place";
  EXPECT_EQ(found(table, "k", kStart), "-");
}

TEST(NearTable, DropsWhatWasReadBeforeAnInvalidation) {
  NearTable table(10);
  const NearTable::Ticket before = table.begin("k");
  table.invalidate("k");
  EXPECT_FALSE(table.fill(before, "k", text("old"), kStart + 1s));
  EXPECT_EQ(found(table, "k"), "-");
  EXPECT_TRUE(table.fill(table.begin("k"), "k", text("new"), kStart + 1s));
  EXPECT_EQ(found(table, "k"), "new");
}

TEST(NearTable, ALateAnswerDoesNotReplaceWhatANewerReadBrought) {
  NearTable table(10);
  const NearTable::Ticket slow = table.begin("k");
  table.invalidate("k");
  ASSERT_TRUE(table.fill(table.begin("k"), "k", text("new"), kStart + 1s));
  EXPECT_FALSE(table.fill(slow, "k", text("old"), kStart + 1s));
  EXPECT_EQ(found(table, "k"), "new");
}

TEST(NearTable, DropsWhatWasReadBeforeEverythingWasInvalidated) {
  NearTable table(10);
  ASSERT_TRUE(table.fill(table.begin("a"), "a", text("v"), kStart + 1s));
  const NearTable::Ticket before = table.begin("b");
  table.invalidate_all();
  EXPECT_EQ(found(table, "a"), "-");
  EXPECT_FALSE(table.fill(before, "b", text("old"), kStart + 1s));
  EXPECT_TRUE(table.fill(table.begin("b"), "b", text("new"), kStart + 1s));
}

TEST(NearTable, AnInvalidationLeavesOtherCopiesAlone) {
  NearTable table(1'000);
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    ASSERT_TRUE(table.fill(table.begin(key), key, text(key), kStart + 1s));
  }
  table.invalidate("k500");
  EXPECT_EQ(table.size(), 999u);
  EXPECT_EQ(found(table, "k500"), "-");
  EXPECT_EQ(found(table, "k501"), "k501");
}

TEST(NearTable, IsBounded) {
  NearTable table(2);
  for (const char* key : {"a", "b", "c"}) table.fill(table.begin(key), key, text(key), kStart + 1s);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(found(table, "a"), "-");
  EXPECT_EQ(found(table, "c"), "c");
}

TEST(SharedNearTable, IsBoundedAndForgetsAll) {
  SharedNearTable table(64);
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = std::to_string(i);
    table.fill(table.begin(key), key, text(key), kStart + 1s);
  }
  EXPECT_LE(table.size(), 64u);
  EXPECT_GE(table.size(), 32u) << "keys spread over the shards";
  table.invalidate_all();
  EXPECT_EQ(table.size(), 0u);
}

// One thread changes values and invalidates, as many as there are read and fill: a copy found after an
// invalidation ended is never older than it.
TEST(SharedNearTable, NeverServesWhatWasInvalidatedBefore) {
  constexpr int kKeys = 8, kChanges = 20'000;
  SharedNearTable table(kKeys);
  std::array<std::atomic<int>, kKeys> home{}, told{};
  std::atomic<bool> over{false};
  std::atomic<int> stale{0}, hits{0};
  auto read = [&](int seed) {
    for (unsigned turn = static_cast<unsigned>(seed); !over; ++turn) {
      const std::size_t at = turn % kKeys;
      const std::string key = std::to_string(at);
      const int least = told[at];
      if (const auto copy = table.find(key, kStart)) {
        ++hits;
        if (std::stoi(*copy) < least) ++stale;
      } else {
        const SharedNearTable::Ticket ticket = table.begin(key);
        const int value = home[at];
        if (turn % 3 == 0) std::this_thread::yield();
        table.fill(ticket, key, text(std::to_string(value)), kStart + 1s);
      }
    }
  };
  std::thread one(read, 0), two(read, 3), three(read, 5);
  for (int change = 1; change <= kChanges; ++change) {
    const auto at = static_cast<std::size_t>(change % kKeys);
    home[at] = change;
    if (change % 1'000 == 0)
      table.invalidate_all();
    else
      table.invalidate(std::to_string(at));
    told[at] = change;
    if (change % 16 == 0) std::this_thread::yield();
  }
  over = true;
  one.join();
  two.join();
  three.join();
  EXPECT_EQ(stale, 0);
  EXPECT_GT(hits, 0);
}

}  // namespace
}  // namespace flotilla::cluster
