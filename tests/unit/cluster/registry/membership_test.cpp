#include "cluster/registry/membership.hpp"

#include <gtest/gtest.h>

namespace flotilla::cluster {
namespace {

using Ids = std::vector<std::string>;

constexpr UnixMs kNow{Millis{1'700'000'000'000}};
constexpr Millis kAliveFor{7'000};

NodeRecord seen(const std::string& id, Millis ago) {
  NodeRecord node;
  node.id = id;
  node.last_seen = kNow - ago;
  return node;
}

Ids living_of(std::vector<NodeRecord> nodes) {
  Ids ids;
  for (const NodeRecord& node : living({std::move(nodes), kNow}, kAliveFor)) ids.push_back(node.id);
  return ids;
}

TEST(Membership, ANodeLivesForItsTimeAfterItWasSeen) {
  EXPECT_EQ(living_of({seen("now", Millis{0}), seen("just", kAliveFor), seen("gone", kAliveFor + Millis{1}),
                       seen("long gone", 100 * kAliveFor)}),
            (Ids{"now", "just"}));
}

TEST(Membership, NobodyLivesWhereNobodyIs) { EXPECT_EQ(living_of({}), Ids{}); }

TEST(Membership, TheOrderStays) {
  EXPECT_EQ(living_of({seen("c", Millis{3}), seen("dead", 2 * kAliveFor), seen("a", Millis{1}),
                       seen("b", Millis{2})}),
            (Ids{"c", "a", "b"}));
}

TEST(Membership, TheNodesOwnClocksDoNotCount) {
  NodeRecord ahead = seen("ahead", Millis{0}), behind = seen("behind", Millis{0});
  NodeRecord dead = seen("dead", 2 * kAliveFor);
  ahead.own_time = kNow + Millis{3'600'000};
  behind.own_time = UnixMs{};
  dead.own_time = kNow + Millis{3'600'000};
  EXPECT_EQ(living_of({ahead, behind, dead}), (Ids{"ahead", "behind"}));
}

TEST(Membership, ANodeThatWasSeenBeforeTheStoresClockWasSetBackLives) {
  EXPECT_EQ(living_of({seen("future", Millis{-3'600'000})}), (Ids{"future"}));
}

}  // namespace
}  // namespace flotilla::cluster
