#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <future>

#include "adapters/sql/sql_firing.hpp"
#include "adapters/sql/sql_outbox.hpp"
#include "unit/adapters/sql/support.hpp"

namespace flotilla::sql::test {
namespace {

class SqlFiringTest : public testing::Test {
 protected:
  OutboxRoutes routes() {
    OutboxRoutes routes;
    routes.publish_in = [this](data::Session& session, QueueMessage message) -> Task<void> {
      if (broken) throw data::SqlError(data::SqlError::Kind::unavailable, "cut off");
      co_await queue.publish_in(session, std::move(message));
    };
    return routes;
  }
  bool fire(const std::string& job, UnixMs due) {
    return world.loop.run(store.fire(job, due, "main.cron", "{\"job\":\"" + job + "\"}"));
  }
  std::size_t published() {
    return world.loop.run(queue.claim("main.cron", 256, Millis(1'000), Millis(0))).size();
  }

  World world;
  bool broken = false;
  SqlQueue queue{*world.database, {}, world.clock};
  SqlOutbox outbox{world.loop.executor(), *world.database, routes(), {}, Random::system(), world.clock};
  SqlFiringStore store{*world.database, outbox, Random::system(), world.clock};
};

TEST_F(SqlFiringTest, FiresADueTimeOnceAndPublishesItsMessageOnce) {
  const UnixMs due = world.clock.now();
  EXPECT_TRUE(fire("a", due));
  EXPECT_FALSE(fire("a", due));
  EXPECT_TRUE(fire("b", due));
  EXPECT_TRUE(fire("a", due + Millis(1'000)));
  EXPECT_EQ(published(), 3u);
}

TEST_F(SqlFiringTest, OneOfManyNodesWins) {
  const UnixMs due = world.clock.now();
  std::vector<std::unique_ptr<data::Database>> files;
  std::vector<std::unique_ptr<SqlFiringStore>> nodes;
  std::vector<std::future<bool>> fired;
  Loop loops[4];
  for (int i = 0; i < 4; ++i) {
    files.push_back(world.open());
    nodes.push_back(std::make_unique<SqlFiringStore>(*files.back(), outbox, Random::system(), world.clock));
  }
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 4; ++i)
      fired.push_back(boost::asio::co_spawn(loops[i].context(),
                                            nodes[i]->fire("job", due + Millis(round), "main.cron", "{}"),
                                            boost::asio::use_future));
  }
  int won = 0;
  for (auto& one : fired) won += one.get();
  EXPECT_EQ(won, 20);
  EXPECT_EQ(published(), 20u);
}

TEST_F(SqlFiringTest, AFiringWhoseMessageCouldNotBeKeptHasNotHappened) {
  const UnixMs due = world.clock.now();
  broken = true;
  EXPECT_ANY_THROW(fire("a", due));
  broken = false;
  EXPECT_EQ(world.loop.run(store.last_fired("a")), UnixMs{});
  EXPECT_TRUE(fire("a", due));
  EXPECT_EQ(published(), 1u);
}

TEST_F(SqlFiringTest, TellsTheNewestDueTimeOfAJob) {
  EXPECT_EQ(world.loop.run(store.last_fired("a")), UnixMs{});
  const UnixMs due = world.clock.now();
  fire("a", due);
  fire("a", due - Millis(60'000));
  fire("b", due + Millis(60'000));
  EXPECT_EQ(world.loop.run(store.last_fired("a")), due);
}

TEST_F(SqlFiringTest, OldFiringsAreForgottenButNeverDoneAgain) {
  const UnixMs first = world.clock.now();
  fire("daily", first);
  fire("yearly", first);
  for (int i = 1; i <= 5; ++i) fire("daily", first + Millis(i));
  world.clock.advance(SqlFiringStore::kKept + Millis(100));
  EXPECT_TRUE(fire("daily", world.clock.now()));
  EXPECT_EQ(world.count("flotilla_firings WHERE job = 'daily'"), 1);
  EXPECT_EQ(world.loop.run(store.last_fired("yearly")), first) << "the newest of a job stays";
  EXPECT_FALSE(fire("daily", first)) << "forgotten, hence refused";
}

}  // namespace
}  // namespace flotilla::sql::test
