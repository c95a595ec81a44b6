#include "auth/identity.hpp"

#include <algorithm>

namespace flotilla::auth {

JsonObject Identity::state() const {
  if (!user) return {};
  return {
      {"currentUser", *user}, {"currentRole", role}, {"currentRoles", JsonArray(roles.begin(), roles.end())}};
}

bool Identity::is_root() const { return std::ranges::find(roles, "root") != roles.end(); }

}  // namespace flotilla::auth
