#include "auth/identity.hpp"

#include <algorithm>

namespace flotilla::auth {

bool Identity::is_root() const { return std::ranges::find(roles, "root") != roles.end(); }

}  // namespace flotilla::auth
