#include "auth/role_choice.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace flotilla::auth {
namespace {

RoleChoice single(const std::vector<std::string>& names, std::string_view wanted) {
  if (std::ranges::find(names, wanted) == names.end())
    throw unauthorized("The role does not belong to the user", "ROLE_NOT_FOUND_FOR_USER");
  return {std::string(wanted), {std::string(wanted)}};
}

}  // namespace

RoleMode read_role_mode(std::string_view text) {
  if (text == "allow-use-union") return RoleMode::allow_union;
  if (text == "only-use-union") return RoleMode::only_union;
  return RoleMode::one;
}

RoleChoice choose_role(const std::vector<OwnedRole>& owned, const RoleRequest& request) {
  // A key was given one role's permissions: no setting may widen them.
  const bool tied = !request.token_role.empty();
  if (!tied && request.wanted == kAnonymousRole)
    return {std::string(kAnonymousRole), {std::string(kAnonymousRole)}};

  std::vector<std::string> names;
  std::string_view preferred;
  for (const OwnedRole& role : owned) {
    if (role.is_default) preferred = role.name;
    if (role.name != kUnionRole) names.push_back(role.name);
  }
  if (names.empty())
    throw unauthorized("The current user has no roles. Please try another account.", "USER_HAS_NO_ROLES_ERR");
  if (tied) return single(names, request.token_role);

  const RoleChoice all{std::string(kUnionRole), names};
  const RoleChoice first{names.front(), {names.front()}};
  if (request.mode == RoleMode::only_union) return all;
  const std::string_view role = request.wanted.empty() ? preferred : request.wanted;
  if (role.empty()) return first;
  if (role == kUnionRole) return request.mode == RoleMode::allow_union ? all : first;
  return single(names, role);
}

}  // namespace flotilla::auth
