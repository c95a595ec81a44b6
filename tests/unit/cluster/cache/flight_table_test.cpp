#include "cluster/cache/flight_table.hpp"

#include <gtest/gtest.h>

namespace flotilla::cluster {
namespace {

TEST(FlightTable, TheFirstLeadsAndOthersJoin) {
  FlightTable table;
  const auto first = table.board("k");
  const auto second = table.board("k");
  const auto other = table.board("x");
  EXPECT_TRUE(first.leads);
  EXPECT_FALSE(second.leads);
  EXPECT_EQ(second.flight, first.flight);
  EXPECT_TRUE(other.leads);
  EXPECT_NE(other.flight, first.flight);
  EXPECT_EQ(table.size(), 2u);
}

TEST(FlightTable, AfterTheEndANewOneBegins) {
  FlightTable table;
  const auto first = table.board("k");
  EXPECT_TRUE(table.may_keep(first.flight));
  table.end(first.flight);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_FALSE(table.may_keep(first.flight));
  const auto second = table.board("k");
  EXPECT_TRUE(second.leads);
  EXPECT_NE(second.flight, first.flight);
  table.end(first.flight);  // an old leader ends twice: the new flight goes on
  EXPECT_FALSE(table.board("k").leads);
}

TEST(FlightTable, AForgottenFlightIsNeitherJoinedNorKept) {
  FlightTable table;
  const auto old = table.board("k");
  table.forget("k");
  EXPECT_FALSE(table.may_keep(old.flight));
  const auto fresh = table.board("k");
  EXPECT_TRUE(fresh.leads);
  table.end(old.flight);
  EXPECT_TRUE(table.may_keep(fresh.flight)) << "the end of the old one does not touch the new one";
  EXPECT_EQ(table.board("k").flight, fresh.flight);
  table.end(fresh.flight);
  EXPECT_EQ(table.size(), 0u);
}

TEST(FlightTable, ForgetsOneKeyOrAll) {
  FlightTable table;
  const auto a = table.board("a"), b = table.board("b");
  table.forget("a");
  table.forget("nobody's");
  EXPECT_FALSE(table.may_keep(a.flight));
  EXPECT_TRUE(table.may_keep(b.flight));
  table.forget_all();
  EXPECT_FALSE(table.may_keep(b.flight));
  table.end(a.flight);
  table.end(b.flight);
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace flotilla::cluster
