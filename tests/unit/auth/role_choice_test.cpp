#include "auth/role_choice.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace flotilla::auth {
namespace {

const std::vector<OwnedRole> kCarol{{"editor"}, {"member"}};
const std::vector<OwnedRole> kRoot{{"admin"}, {"member"}, {"root", true}};
using Names = std::vector<std::string>;

RoleChoice choose(const std::vector<OwnedRole>& owned, std::string_view wanted, RoleMode mode = RoleMode::one,
                  std::string_view token_role = {}) {
  return choose_role(owned, {wanted, token_role, mode});
}

void expect_refused(const std::vector<OwnedRole>& owned, const RoleRequest& request, std::string_view code) {
  try {
    choose_role(owned, request);
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 401);
    EXPECT_EQ(error.items().front().code, code);
  }
}

TEST(RoleChoice, DefaultRoleElseTheFirst) {
  EXPECT_EQ(choose(kRoot, "").role, "root");
  EXPECT_EQ(choose(kRoot, "").roles, Names{"root"});
  EXPECT_EQ(choose(kCarol, "").role, "editor");
}

TEST(RoleChoice, NamedRoleMustBeOwned) {
  EXPECT_EQ(choose(kCarol, "member").role, "member");
  expect_refused(kCarol, {"admin", {}, RoleMode::one}, "ROLE_NOT_FOUND_FOR_USER");
  expect_refused(kCarol, {"admin", {}, RoleMode::allow_union}, "ROLE_NOT_FOUND_FOR_USER");
}

TEST(RoleChoice, NobodyWithoutRoles) {
  expect_refused({}, {"", {}, RoleMode::one}, "USER_HAS_NO_ROLES_ERR");
  expect_refused({{std::string(kUnionRole), true}}, {"", {}, RoleMode::allow_union}, "USER_HAS_NO_ROLES_ERR");
}

TEST(RoleChoice, AnonymousIsOpenToAll) {
  EXPECT_EQ(choose(kRoot, "anonymous").roles, Names{"anonymous"});
  EXPECT_EQ(choose({}, "anonymous", RoleMode::only_union).role, "anonymous");
}

TEST(RoleChoice, UnionOnlyWhereTheModeAllowsIt) {
  EXPECT_EQ(choose(kCarol, "__union__").role, "editor");
  EXPECT_EQ(choose(kCarol, "__union__").roles, Names{"editor"});
  EXPECT_EQ(choose(kCarol, "__union__", RoleMode::allow_union).role, "__union__");
  EXPECT_EQ(choose(kCarol, "__union__", RoleMode::allow_union).roles, (Names{"editor", "member"}));
  EXPECT_EQ(choose(kCarol, "", RoleMode::allow_union).role, "editor");
  EXPECT_EQ(choose(kCarol, "member", RoleMode::only_union).role, "__union__");
}

TEST(RoleChoice, UnionAsDefaultIsNoRoleOfItsOwn) {
  const std::vector<OwnedRole> owned{{std::string(kUnionRole), true}, {"editor"}, {"member"}};
  EXPECT_EQ(choose(owned, "").role, "editor");
  EXPECT_EQ(choose(owned, "", RoleMode::allow_union).roles, (Names{"editor", "member"}));
}

TEST(RoleChoice, AKeysRoleWinsAndIsNeverWidened) {
  EXPECT_EQ(choose(kRoot, "root", RoleMode::one, "admin").role, "admin");
  EXPECT_EQ(choose(kRoot, "__union__", RoleMode::only_union, "member").roles, Names{"member"});
  EXPECT_EQ(choose(kRoot, "anonymous", RoleMode::one, "member").role, "member");
  expect_refused(kCarol, {"member", "root", RoleMode::one}, "ROLE_NOT_FOUND_FOR_USER");
}

TEST(RoleChoice, ModeTexts) {
  EXPECT_EQ(read_role_mode("allow-use-union"), RoleMode::allow_union);
  EXPECT_EQ(read_role_mode("only-use-union"), RoleMode::only_union);
  EXPECT_EQ(read_role_mode("nosuch"), RoleMode::one);
}

}  // namespace
}  // namespace flotilla::auth
