#include "adapters/sql/sql_registry.hpp"
#include "adapters/sql/sql_registry_record.hpp"
#include "support.hpp"

namespace flotilla::sql::test {
namespace {

UnixMs at(std::int64_t ms) { return UnixMs(Millis(ms)); }

cluster::NodeRecord node(const std::string& id, std::int64_t started = 1) {
  cluster::NodeRecord node;
  node.id = id;
  node.host = "host \"of\" " + id;
  node.pid = 4'711;
  node.version = "1.2.3";
  node.mode = "!,a";
  node.worker_id = 31;
  node.adapters = {{"cache", "redis"}, {"queue", "database"}};
  node.schema_epoch = 1'234'567'890'123;
  node.fingerprint = {{"APP_KEY", "ab12"}};
  node.storage_marker = "marker";
  node.started_at = at(started);
  node.own_time = at(99);
  return node;
}

TEST(RegistryRecord, SurvivesItsText) {
  const cluster::NodeRecord before = node("a", 17);
  const cluster::NodeRecord after = record_of("a", record_text(before));
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.host, before.host);
  EXPECT_EQ(after.pid, before.pid);
  EXPECT_EQ(after.version, before.version);
  EXPECT_EQ(after.mode, before.mode);
  EXPECT_EQ(after.worker_id, before.worker_id);
  EXPECT_EQ(after.adapters, before.adapters);
  EXPECT_EQ(after.schema_epoch, before.schema_epoch);
  EXPECT_EQ(after.fingerprint, before.fingerprint);
  EXPECT_EQ(after.storage_marker, before.storage_marker);
  EXPECT_EQ(after.started_at, before.started_at);
  EXPECT_EQ(after.own_time, before.own_time);
  EXPECT_EQ(record_of("b", record_text({})).worker_id, std::nullopt);
}

TEST(RegistryRecord, ReadsWhatAnotherVersionWrote) {
  const cluster::NodeRecord strange = record_of(
      "a",
      R"({"host":"h","pid":"?","new":{"x":[1]},"adapters":{"cache":"redis","more":{}},"workerId":null})");
  EXPECT_EQ(strange.host, "h");
  EXPECT_EQ(strange.pid, 0);
  EXPECT_EQ(strange.adapters, (std::map<std::string, std::string>{{"cache", "redis"}}));
  EXPECT_EQ(strange.worker_id, std::nullopt);
  for (const char* text : {"", "no json", "[]", "null", "{}"}) EXPECT_EQ(record_of("a", text).id, "a");
}

class SqlRegistry : public testing::Test {
 protected:
  cluster::RegistryStore::Listing list(SqlRegistryStore& store) { return fleet.loop.run(store.list()); }
  std::vector<std::string> ids(SqlRegistryStore& store) {
    std::vector<std::string> ids;
    for (const auto& node : list(store).nodes) ids.push_back(node.id);
    return ids;
  }
  void announce(const cluster::NodeRecord& node) { fleet.loop.run(store.announce(node)); }

  Fleet fleet{4};
  ManualClock clock;
  SqlRegistryStore store{fleet.node(), "main", clock};
};

using Ids = std::vector<std::string>;

TEST_F(SqlRegistry, ListsNodesByStartWithTheStoresTime) {
  EXPECT_EQ(list(store).now, at(1'000'000));
  announce(node("young", 30));
  announce(node("old", 10));
  clock.advance(5);
  announce(node("middle", 20));
  clock.advance(7);
  SqlRegistryStore there(fleet.node(1), "main", clock);
  EXPECT_EQ(ids(there), (Ids{"old", "middle", "young"}));
  const auto listing = list(there);
  EXPECT_EQ(listing.nodes[0].last_seen, at(1'000'000));
  EXPECT_EQ(listing.nodes[1].last_seen, at(1'000'005));
  EXPECT_EQ(listing.now, at(1'000'012));
  SqlRegistryStore other(fleet.node(1), "other", clock);
  EXPECT_EQ(ids(other), Ids{});
}

TEST_F(SqlRegistry, AnnouncingAgainRefreshes) {
  cluster::NodeRecord record = node("a");
  announce(record);
  clock.advance(2'000);
  record.schema_epoch = 7;
  record.worker_id.reset();
  announce(record);
  const auto listing = list(store);
  ASSERT_EQ(listing.nodes.size(), 1u);
  EXPECT_EQ(listing.nodes[0].schema_epoch, 7);
  EXPECT_EQ(listing.nodes[0].worker_id, std::nullopt);
  EXPECT_EQ(listing.nodes[0].last_seen, at(1'002'000));
}

TEST_F(SqlRegistry, NodesLeaveOrAreForgotten) {
  announce(node("leaves", 1));
  announce(node("dies", 2));
  clock.advance(1'000);
  announce(node("lives", 3));
  fleet.loop.run(store.leave("leaves"));
  fleet.loop.run(store.leave("never came"));
  EXPECT_EQ(ids(store), (Ids{"dies", "lives"}));
  fleet.loop.run(store.forget(Millis(1'000)));
  EXPECT_EQ(ids(store), (Ids{"dies", "lives"}));
  clock.advance(1);
  fleet.loop.run(store.forget(Millis(1'000)));
  EXPECT_EQ(ids(store), (Ids{"lives"}));
}

TEST_F(SqlRegistry, ANodeSeenInTheFutureAges) {
  announce(node("dead"));
  clock.advance(-900'000);
  fleet.loop.run(store.forget(Millis(1'000)));
  EXPECT_EQ(list(store).nodes.at(0).last_seen, at(100'000));
  clock.advance(1'001);
  fleet.loop.run(store.forget(Millis(1'000)));
  EXPECT_EQ(ids(store), Ids{});
}

TEST_F(SqlRegistry, ManyAnnounceAtOnce) {
  Crowd crowd(fleet);
  for (int task = 0; task < 8; ++task) {
    crowd.add([&, task]() -> Task<void> {
      SqlRegistryStore mine(fleet.node(task % fleet.size()), "main", clock);
      for (int i = 0; i < 20; ++i) {
        co_await mine.announce(node(std::to_string(task), task));
        std::ignore = co_await mine.list();
        co_await mine.forget(Millis(1'000));
      }
    });
  }
  crowd.wait();
  EXPECT_EQ(ids(store), (Ids{"0", "1", "2", "3", "4", "5", "6", "7"}));
}

}  // namespace
}  // namespace flotilla::sql::test
