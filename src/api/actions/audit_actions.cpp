#include <string>

#include "api/actions/system_actions.hpp"

namespace flotilla::api {

/// What was written down is listed as any collection is, by whom permissions let; nobody changes it.
void register_audit_actions(ActionRegistry& registry) {
  for (std::string_view none : {"create", "update", "destroy", "firstOrCreate", "updateOrCreate", "move",
                                "add", "set", "remove", "toggle"})
    registry.exclude("auditLogs:" + std::string(none));
}

}  // namespace flotilla::api
