#include <mutex>
#include <set>

#include "adapters/sql/sql_worker_id.hpp"
#include "adapters/sql/sql_worker_id_places.hpp"
#include "support.hpp"

namespace flotilla::sql::test {
namespace {

constexpr Millis kLease{3'000};

std::optional<int> chosen(const std::vector<WorkerPlace>& places, std::string_view node, std::int64_t now) {
  const auto place = choose_place(places, node, now);
  return place ? std::optional(place->worker) : std::nullopt;
}

TEST(WorkerIdPlaces, PrefersOwnThenUnusedThenLongestFree) {
  const std::vector<WorkerPlace> places = {
      {0, "", 0, 700}, {1, "x", 100, 500}, {2, "me", 100, 90}, {3, "", 0, 600}, {4, "", 0, 0}};
  EXPECT_EQ(chosen(places, "me", 1'000), 2);
  EXPECT_EQ(chosen(places, "other", 1'000), 4);
  const std::vector<WorkerPlace> used(places.begin(), places.begin() + 4);
  EXPECT_EQ(chosen(used, "other", 1'000), 2) << "its holder is gone for longest";
  EXPECT_EQ(chosen(used, "other", 89), 3) << "nobody's place is free whatever it says";
}

TEST(WorkerIdPlaces, IsTakenUntilLeaseAndGraceAreOver) {
  const std::vector<WorkerPlace> places = {{0, "x", 100, 1'100}};
  EXPECT_EQ(chosen(places, "me", 1'099), std::nullopt);
  EXPECT_EQ(chosen(places, "me", 1'100), 0);
  EXPECT_EQ(chosen({}, "me", 0), std::nullopt);
}

TEST(WorkerIdPlaces, AClockSetBackDoesNotBlockAPlaceForLongerThanItsLease) {
  const WorkerPlace place{0, "x", 100, 5'000'000};
  EXPECT_EQ(free_at(place, 1'000), 1'000 + 100 + 1'000);
  EXPECT_EQ(free_at(place, 4'999'999), 5'000'000);
  EXPECT_EQ(free_at({0, "", 0, 5'000'000}, 1'000), 1'000);
}

class SqlWorkerId : public testing::Test {
 protected:
  std::optional<int> acquire(const std::string& node) {
    const auto grant = fleet.loop.run(store.acquire(node, kLease));
    EXPECT_EQ(grant.retry_after, Millis(0));
    return grant.worker;
  }
  bool renew(const std::string& node, int worker) {
    return fleet.loop.run(store.renew(node, worker, kLease));
  }
  void release(const std::string& node, int worker) { fleet.loop.run(store.release(node, worker)); }
  void fill() {
    for (int i = 0; i < 32; ++i) ASSERT_EQ(acquire("node " + std::to_string(i)), i);
  }

  Fleet fleet{4};
  ManualClock clock;
  SqlWorkerIdStore store{fleet.node(), "main", clock};
};

TEST_F(SqlWorkerId, TheThirtyThirdGetsNone) {
  fill();
  EXPECT_EQ(acquire("one too many"), std::nullopt);
  EXPECT_EQ(acquire("node 7"), 7) << "a lost reply";
  SqlWorkerIdStore other(fleet.node(), "other app", clock);
  EXPECT_EQ(fleet.loop.run(other.acquire("one too many", kLease)).worker, 0);
}

TEST_F(SqlWorkerId, APlaceIsGivenAwayOnlyAfterLeaseAndGrace) {
  fill();
  clock.advance(2'000);
  for (int i = 0; i < 32; ++i)
    if (i != 5) EXPECT_TRUE(renew("node " + std::to_string(i), i));
  clock.advance(1'999);
  EXPECT_EQ(acquire("next"), std::nullopt);
  clock.advance(1);
  EXPECT_EQ(acquire("next"), 5);
  EXPECT_FALSE(renew("node 5", 5));
  release("node 5", 5);
  EXPECT_TRUE(renew("next", 5)) << "who lost the place cannot give it back";
}

TEST_F(SqlWorkerId, AHolderThatIsLateKeepsAPlaceThatNobodyTook) {
  EXPECT_EQ(acquire("a"), 0);
  clock.advance(60'000);
  EXPECT_TRUE(renew("a", 0));
  EXPECT_EQ(acquire("b"), 1) << "unused places come first, and 0 is held again";
}

TEST_F(SqlWorkerId, AReleasedPlaceIsFreeAtOnce) {
  fill();
  release("node 9", 9);
  release("node 9", 9);
  EXPECT_EQ(acquire("next"), 9);
  EXPECT_FALSE(renew("node 9", 9));
}

TEST_F(SqlWorkerId, TheLongestFreePlaceComesFirst) {
  fill();
  release("node 20", 20);
  clock.advance(10);
  release("node 3", 3);
  EXPECT_EQ(acquire("x"), 20);
  EXPECT_EQ(acquire("y"), 3);
}

TEST_F(SqlWorkerId, AForgottenPlaceIsTakenUpAgain) {
  EXPECT_EQ(acquire("a"), 0);
  fleet.execute("DELETE FROM flotilla_worker_ids");
  EXPECT_TRUE(renew("a", 0));
  EXPECT_FALSE(renew("b", 0));
  EXPECT_EQ(acquire("b"), 1);
}

TEST_F(SqlWorkerId, AClockSetBackBlocksNoPlaceForLong) {
  fill();
  clock.advance(-900'000);
  EXPECT_EQ(acquire("next"), std::nullopt);
  for (int i = 0; i < 32; ++i)
    if (i != 5) EXPECT_TRUE(renew("node " + std::to_string(i), i));
  clock.advance(3'999);
  for (int i = 0; i < 32; ++i)
    if (i != 5) EXPECT_TRUE(renew("node " + std::to_string(i), i));
  EXPECT_EQ(acquire("next"), std::nullopt);
  clock.advance(1);
  EXPECT_EQ(acquire("next"), 5);
}

TEST_F(SqlWorkerId, RefusesWhatIsNoPlace) {
  EXPECT_EQ(status_of([&] { renew("a", 32); }), 400);
  EXPECT_EQ(status_of([&] { renew("a", -1); }), 400);
  EXPECT_EQ(status_of([&] { release("a", 32); }), 400);
  EXPECT_EQ(status_of([&] { acquire(""); }), 400);
  EXPECT_EQ(status_of([&] { fleet.loop.run(store.acquire("a", Millis(0))); }), 400);
}

TEST_F(SqlWorkerId, FortyNodesThatStartAtOnceShareThirtyTwoPlaces) {
  std::vector<std::unique_ptr<SqlWorkerIdStore>> stores;
  for (std::size_t i = 0; i < fleet.size(); ++i)
    stores.push_back(std::make_unique<SqlWorkerIdStore>(fleet.node(i), "main", clock));
  std::mutex mutex;
  std::multiset<int> held;
  int without = 0;
  Crowd crowd(fleet);
  for (int task = 0; task < 8; ++task) {
    crowd.add([&, task]() -> Task<void> {
      for (int i = 0; i < 5; ++i) {
        const std::string node = std::to_string(task) + "/" + std::to_string(i);
        const auto grant = co_await stores[task % stores.size()]->acquire(node, kLease);
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

}  // namespace
}  // namespace flotilla::sql::test
