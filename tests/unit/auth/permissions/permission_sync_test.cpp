#include "auth/permissions/permission_sync.hpp"

#include <gtest/gtest.h>

namespace flotilla::auth {
namespace {

using Nodes = std::vector<std::string>;

TEST(Confirmations, ANodeThatSaidNothingIsMissing) {
  Confirmations heard;
  EXPECT_EQ(heard.missing({"a", "b"}, 1), (Nodes{"a", "b"}));
  EXPECT_EQ(heard.missing({}, 1), Nodes{});
}

TEST(Confirmations, ALaterChangeConfirmsTheEarlierOnes) {
  Confirmations heard;
  heard.heard("a", 7);
  heard.heard("b", 4);
  EXPECT_EQ(heard.missing({"a", "b"}, 5), Nodes{"b"});
  EXPECT_EQ(heard.missing({"a", "b"}, 4), Nodes{});
  EXPECT_EQ(heard.missing({"a"}, 8), Nodes{"a"});
}

TEST(Confirmations, WhatIsHeardLateTakesNothingBack) {
  Confirmations heard;
  heard.heard("a", 7);
  heard.heard("a", 3);
  EXPECT_EQ(heard.missing({"a"}, 7), Nodes{});
}

TEST(DecidesPermissions, TheTablesOfRolesAndGrants) {
  for (std::string_view name : {"roles", "rolesUsers", "dataSourcesRoles", "dataSourcesRolesResources",
                                "dataSourcesRolesResourcesActions", "dataSourcesRolesResourcesScopes"})
    EXPECT_TRUE(decides_permissions(name) && concerns_permissions(name)) << name;
  EXPECT_FALSE(decides_permissions("systemSettings"));
  EXPECT_TRUE(concerns_permissions("systemSettings"));  // the role mode
  EXPECT_FALSE(concerns_permissions("users"));
}

}  // namespace
}  // namespace flotilla::auth
