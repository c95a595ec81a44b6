// What every RegistryStore promises: see cluster/registry/registry_store.hpp.
#include <algorithm>

#include "adapters/sql/flavour.hpp"
#include "cluster/registry/membership.hpp"
#include "contract/adapters.hpp"
#include "contract/makers/sql_cluster.hpp"
#include "contract/makers/sql_queue.hpp"
#include "contract/until.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::contract {
namespace {

using cluster::Millis;
using cluster::NodeRecord;
using cluster::RegistryStore;
using Ids = std::vector<std::string>;

UnixMs at(std::int64_t ms) { return UnixMs(Millis(ms)); }

NodeRecord record(const std::string& id, std::int64_t started = 1) {
  NodeRecord node;
  node.id = id;
  node.started_at = at(started);
  return node;
}

Ids ids_of(const std::vector<NodeRecord>& nodes) {
  Ids ids;
  for (const NodeRecord& node : nodes) ids.push_back(node.id);
  return ids;
}

class RegistryContract : public Contract<RegistryStore> {
 protected:
  void announce(RegistryStore& store, const NodeRecord& node) { loop.run(store.announce(node)); }
  Ids listed(RegistryStore& store) { return ids_of(loop.run(store.list()).nodes); }
  Ids alive(RegistryStore& store, Millis alive_for) {
    return ids_of(cluster::living(loop.run(store.list()), alive_for));
  }
  /// What the nodes keep their records in.
  std::shared_ptr<data::Database> database() { return sql_database(GetParam().name, loop, app); }
};

TEST_P(RegistryContract, EveryMemberOfARecordReachesTheOtherNodes) {
  const auto a = node(), b = node();
  NodeRecord said = record("node/a", 1'700'000'000'123);
  said.host = "ünï \"host\" \\ €\n'; DROP TABLE flotilla_nodes; --";
  said.pid = std::int64_t{1} << 40;
  said.version = "1.2.3-rc.1+build";
  said.mode = "!,workflow:process";
  said.worker_id = 0;
  said.adapters = {{"cache", "redis"}, {"queue", ""}, {"lock \"x\"", "database"}};
  said.schema_epoch = 9'007'199'254'740'993;  // no double holds it
  said.fingerprint = {{"APP_KEY", "0123456789abcdef"}, {"DB_SCHEMA", "fedcba9876543210"}};
  said.storage_marker = std::string(5'000, 'm');
  said.own_time = at(1'700'000'000'999);
  announce(*a, said);
  const RegistryStore::Listing listing = loop.run(b->list());
  ASSERT_EQ(listing.nodes.size(), 1u);
  const NodeRecord& heard = listing.nodes[0];
  EXPECT_EQ(heard.id, said.id);
  EXPECT_EQ(heard.host, said.host);
  EXPECT_EQ(heard.pid, said.pid);
  EXPECT_EQ(heard.version, said.version);
  EXPECT_EQ(heard.mode, said.mode);
  EXPECT_EQ(heard.worker_id, said.worker_id);
  EXPECT_EQ(heard.adapters, said.adapters);
  EXPECT_EQ(heard.schema_epoch, said.schema_epoch);
  EXPECT_EQ(heard.fingerprint, said.fingerprint);
  EXPECT_EQ(heard.storage_marker, said.storage_marker);
  EXPECT_EQ(heard.started_at, said.started_at);
  EXPECT_EQ(heard.own_time, said.own_time);
}

TEST_P(RegistryContract, WhatIsAbsentStaysAbsent) {
  const auto a = node();
  announce(*a, record("bare"));
  const NodeRecord bare = loop.run(a->list()).nodes.at(0);
  EXPECT_EQ(bare.worker_id, std::nullopt) << "no worker id is not worker id 0";
  EXPECT_EQ(bare.host, "");
  EXPECT_TRUE(bare.adapters.empty());
  EXPECT_TRUE(bare.fingerprint.empty());
}

TEST_P(RegistryContract, TimesAreTheStoresWhateverTheNodesClockSays) {
  const auto a = node(), b = node();
  NodeRecord ahead = record("ahead"), behind = record("behind");
  ahead.own_time = ahead.last_seen = at(9'000'000'000'000);
  behind.own_time = behind.last_seen = at(1'000);
  announce(*a, ahead);
  announce(*b, behind);
  const RegistryStore::Listing listing = loop.run(a->list());
  ASSERT_EQ(listing.nodes.size(), 2u);
  for (const NodeRecord& node : listing.nodes) {
    EXPECT_LE(node.last_seen, listing.now);
    EXPECT_LT(listing.now - node.last_seen, Millis(60'000));
  }
  EXPECT_EQ(listing.nodes[0].own_time, ahead.own_time) << "it tells the skew";
  EXPECT_EQ(listing.nodes[1].own_time, behind.own_time);
  EXPECT_EQ(alive(*b, Millis(60'000)), (Ids{"ahead", "behind"}));
}

TEST_P(RegistryContract, TheOldestStartComesFirstOnEveryNode) {
  const auto a = node(), b = node();
  announce(*a, record("young", 30));
  announce(*b, record("old", 10));
  announce(*a, record("b", 20));
  announce(*b, record("a", 20));
  EXPECT_EQ(listed(*a), (Ids{"old", "a", "b", "young"}));
  EXPECT_EQ(listed(*b), listed(*a));
}

TEST_P(RegistryContract, AnnouncingAgainReplacesTheRecord) {
  const auto a = node(), b = node();
  NodeRecord me = record("a");
  me.worker_id = 5;
  me.adapters = {{"cache", "memory"}};
  announce(*a, me);
  const UnixMs first = loop.run(b->list()).nodes.at(0).last_seen;
  me.worker_id.reset();
  me.adapters.clear();
  me.schema_epoch = 7;
  // The store's clock has to move on for the second time to be seen as later.
  EXPECT_TRUE(until([&] {
    announce(*a, me);
    return loop.run(b->list()).nodes.at(0).last_seen > first;
  }));
  const auto nodes = loop.run(b->list()).nodes;
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(nodes[0].worker_id, std::nullopt);
  EXPECT_TRUE(nodes[0].adapters.empty());
  EXPECT_EQ(nodes[0].schema_epoch, 7);
}

TEST_P(RegistryContract, LeavingIsSeenAtOnceAndTwiceIsNothing) {
  const auto a = node(), b = node();
  announce(*a, record("a", 1));
  announce(*b, record("b", 2));
  loop.run(a->leave("a"));
  EXPECT_EQ(listed(*b), (Ids{"b"}));
  loop.run(a->leave("a"));
  loop.run(a->leave("never came"));
  EXPECT_EQ(listed(*b), (Ids{"b"}));
  announce(*a, record("a", 1));
  EXPECT_EQ(listed(*b), (Ids{"a", "b"})) << "who left may come back";
}

TEST_P(RegistryContract, ANodeThatVanishedDisappearsAfterItsTimeAndTheOthersStay) {
  const auto a = node(), b = node();
  constexpr Millis kAliveFor{600};
  announce(*a, record("vanishes", 1));
  const RegistryStore::Listing before = loop.run(b->list());
  EXPECT_EQ(ids_of(cluster::living(before, Millis(60'000))), (Ids{"vanishes"}));
  UnixMs gone_at{};
  EXPECT_TRUE(until([&] {
    announce(*b, record("stays", 2));
    RegistryStore::Listing listing = loop.run(b->list());
    gone_at = listing.now;
    return ids_of(cluster::living(std::move(listing), kAliveFor)) == Ids{"stays"};
  }));
  EXPECT_GT(gone_at - before.nodes.at(0).last_seen, kAliveFor) << "it went before its time";
  EXPECT_EQ(listed(*a), (Ids{"vanishes", "stays"})) << "it is known, but dead";
}

TEST_P(RegistryContract, OnlyThoseOfAnAgeAreForgotten) {
  const auto a = node(), b = node();
  announce(*a, record("dead", 1));
  constexpr Millis kAge{300};
  ASSERT_TRUE(until([&] { return alive(*a, kAge).empty(); }));
  announce(*b, record("fresh", 2));
  loop.run(b->forget(Millis(3'600'000)));
  EXPECT_EQ(listed(*a), (Ids{"dead", "fresh"}));
  // "fresh" announces itself as long as the forgetting takes.
  EXPECT_TRUE(until([&] {
    announce(*b, record("fresh", 2));
    loop.run(a->forget(kAge));
    return listed(*a) == Ids{"fresh"};
  }));
}

TEST_P(RegistryContract, ApplicationsAreApart) {
  const auto a = node();
  announce(*a, record("same"));
  app = fresh_app();
  const auto other = node();
  EXPECT_EQ(listed(*other), Ids{});
  announce(*other, record("same", 9));
  loop.run(other->leave("same"));
  loop.run(other->forget(Millis(0)));
  EXPECT_EQ(listed(*a), (Ids{"same"}));
}

TEST_P(RegistryContract, RowsThatAreNoRecordsDoNotHideTheOthers) {
  const auto a = node();
  announce(*a, record("good", 1));
  const auto shared = database();
  const std::vector<std::string> texts = {
      "",
      "no json",
      "null",
      "[1]",
      "{\"host\":",
      R"({"host":7,"pid":"x","workerId":1.5,"adapters":[],"fingerprint":{"a":1}})",
      R"({"pid":1e300,"startedAt":"long ago","schemaEpoch":99999999999999999999999})",
  };
  auto put = [&](data::Session& session) -> Task<void> {
    for (std::size_t i = 0; i < texts.size(); ++i)
      co_await session.execute(sql::statement(
          "INSERT INTO flotilla_nodes (app, id, record, started_at, last_seen) VALUES (?, ?, ?, ?, 0)",
          {app, "bad" + std::to_string(i), texts[i], static_cast<std::int64_t>(i) + 2}));
  };
  loop.run(shared->write(put));
  const RegistryStore::Listing listing = loop.run(a->list());
  ASSERT_EQ(listing.nodes.size(), 1 + texts.size());
  EXPECT_EQ(listing.nodes[0].id, "good");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const NodeRecord& bad = listing.nodes[i + 1];
    EXPECT_EQ(bad.id, "bad" + std::to_string(i));
    EXPECT_EQ(bad.host, "") << texts[i];
    EXPECT_EQ(bad.pid, 0) << texts[i];
    EXPECT_EQ(bad.worker_id, std::nullopt) << texts[i];
    EXPECT_TRUE(bad.fingerprint.empty()) << texts[i];
  }
  EXPECT_EQ(alive(*a, Millis(60'000)), (Ids{"good"}));
}

Task<void> announce_often(RegistryStore& store, std::string id, int times) {
  for (int i = 1; i <= times; ++i) {
    NodeRecord me = record(id);
    me.schema_epoch = i;
    co_await store.announce(std::move(me));
    co_await store.forget(Millis(600'000));
  }
}

TEST_P(RegistryContract, OfMachinesThatAnnounceAtOnceEachHasItsLastWord) {
  constexpr int kNodes = 6, kTimes = 12;
  std::vector<std::shared_ptr<RegistryStore>> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(node());
  auto all = [&]() -> Task<void> {
    TaskGroup crowd(co_await boost::asio::this_coro::executor);
    for (int i = 0; i < kNodes; ++i)
      crowd.spawn("node", announce_often(*nodes[static_cast<std::size_t>(i)], std::to_string(i), kTimes));
    co_await crowd.wait();
  };
  loop.run(all, std::chrono::seconds(120));
  const auto listing = loop.run(nodes[0]->list());
  EXPECT_EQ(ids_of(listing.nodes), (Ids{"0", "1", "2", "3", "4", "5"}));
  for (const NodeRecord& node : listing.nodes) EXPECT_EQ(node.schema_epoch, kTimes) << node.id;
}

INSTANTIATE_TEST_SUITE_P(Adapters, RegistryContract,
                         testing::Values(Adapter<RegistryStore>{"sqlite", sqlite_registry},
                                         at_server<RegistryStore>("postgres", postgres_registry),
                                         at_server<RegistryStore>("mariadb", mariadb_registry)),
                         adapter_name);

}  // namespace
}  // namespace flotilla::contract
