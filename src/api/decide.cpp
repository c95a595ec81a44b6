#include "api/decide.hpp"

#include "base/error.hpp"

namespace flotilla::api {
namespace {

/// Collections that nobody can drop: the server stands on them.
bool is_protected(const Context& context) {
  if (context.route.resource != "collections" || context.route.action != "destroy" ||
      !context.route.association.empty())
    return false;
  const Json& key = context.params.filter_by_tk;
  for (std::string_view name : {"users", "roles", "rolesUsers", "collections"}) {
    if (key.is_string() && key.get_string() == name) return true;
    if (!key.is_array()) continue;
    for (const Json& item : key.get_array()) {
      if (item.is_string() && item.get_string() == name) return true;
    }
  }
  return false;
}

}  // namespace

void decide(const Context& context, const Action& action) {
  if (is_protected(context)) throw forbidden();
  switch (action.access) {
    case Access::open:
      return;
    case Access::signed_in:
      if (context.identity.signed_in()) return;
      break;
    case Access::granted:
      if (context.identity.is_root()) return;
  }
  throw forbidden();
}

}  // namespace flotilla::api
