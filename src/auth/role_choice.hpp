#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flotilla::auth {

/// Acting in all own roles at once. Also the name of a row in rolesUsers that makes this the user's default.
inline constexpr std::string_view kUnionRole = "__union__";
/// The role of somebody who is not signed in, or who asks to be taken for nobody.
inline constexpr std::string_view kAnonymousRole = "anonymous";

/// A row of rolesUsers.
struct OwnedRole {
  std::string name;
  bool is_default = false;
};

/// systemSettings.roleMode.
enum class RoleMode {
  one,          ///< `default`: one role at a time
  allow_union,  ///< `allow-use-union`: the union may be asked for
  only_union,   ///< `only-use-union`: always the union
};
/// Unknown texts mean RoleMode::one.
RoleMode read_role_mode(std::string_view text);

struct RoleRequest {
  std::string_view wanted;      ///< X-Role or the role cookie; empty: none
  std::string_view token_role;  ///< role an API key is tied to; it wins over everything, the union included
  RoleMode mode = RoleMode::one;
};

struct RoleChoice {
  std::string role;                ///< a name, kUnionRole or kAnonymousRole
  std::vector<std::string> roles;  ///< whose grants count
};

/// The role a signed-in user acts in. `owned` is in the order of names. Pure. Throws Error 401 with the code
/// USER_HAS_NO_ROLES_ERR, or ROLE_NOT_FOUND_FOR_USER for a role that is not the user's.
RoleChoice choose_role(const std::vector<OwnedRole>& owned, const RoleRequest& request);

}  // namespace flotilla::auth
