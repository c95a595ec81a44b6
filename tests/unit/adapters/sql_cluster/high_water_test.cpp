#include "adapters/sql/sql_high_water.hpp"
#include "support.hpp"

namespace flotilla::sql::test {
namespace {

class SqlHighWater : public testing::Test {
 protected:
  Fleet fleet{4};
  SqlHighWaterStore store{fleet.node(), "main"};
};

TEST_F(SqlHighWater, NeverGoesDown) {
  EXPECT_EQ(fleet.loop.run(store.load(3)), 0);
  fleet.loop.run(store.raise(3, 100));
  fleet.loop.run(store.raise(3, 50));
  EXPECT_EQ(fleet.loop.run(store.load(3)), 100);
  fleet.loop.run(store.raise(3, 101));
  EXPECT_EQ(fleet.loop.run(store.load(3)), 101);
}

TEST_F(SqlHighWater, IsOfOneWorkerOfOneApplication) {
  fleet.loop.run(store.raise(3, 100));
  SqlHighWaterStore other(fleet.node(1), "other");
  EXPECT_EQ(fleet.loop.run(store.load(4)), 0);
  EXPECT_EQ(fleet.loop.run(other.load(3)), 0);
  SqlHighWaterStore same(fleet.node(1), "main");
  EXPECT_EQ(fleet.loop.run(same.load(3)), 100);
}

TEST_F(SqlHighWater, TheHighestOfManyStays) {
  Crowd crowd(fleet);
  for (int task = 0; task < 8; ++task) {
    crowd.add([&, task]() -> Task<void> {
      SqlHighWaterStore mine(fleet.node(task % fleet.size()), "main");
      for (int i = 0; i < 50; ++i) {
        const std::int64_t mark = (i * 8 + task * 37) % 400 + 1;
        co_await mine.raise(0, mark);
        const std::int64_t seen = co_await mine.load(0);
        if (seen < mark) throw std::runtime_error("a mark was lowered");
      }
    });
  }
  crowd.wait();
  std::int64_t highest = 0;
  for (int task = 0; task < 8; ++task)
    for (int i = 0; i < 50; ++i) highest = std::max<std::int64_t>(highest, (i * 8 + task * 37) % 400 + 1);
  EXPECT_EQ(fleet.loop.run(store.load(0)), highest);
}

}  // namespace
}  // namespace flotilla::sql::test
