#include "api/action_kind.hpp"

#include <array>

namespace flotilla::api {
namespace {

constexpr std::array<std::string_view, kActionKinds> kNames = {
    "refused",       "probe",          "metrics", "page",   "upload",  "socket", "preflight", "list", "get",
    "create",        "update",         "destroy", "add",    "set",     "remove", "toggle",    "move", "query",
    "firstOrCreate", "updateOrCreate", "signIn",  "signUp", "signOut", "check",  "other"};

}  // namespace

std::string_view name_of(ActionKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

ActionKind kind_of_action(std::string_view action) {
  for (std::size_t i = static_cast<std::size_t>(ActionKind::list); i < kNames.size(); ++i)
    if (kNames[i] == action) return static_cast<ActionKind>(i);
  return ActionKind::other;
}

}  // namespace flotilla::api
