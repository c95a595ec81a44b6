#include "api/actions/system_actions.hpp"
#include "base/error.hpp"

namespace flotilla::api {

/// `schemaChanges:list` and `get` are those of any collection; its rows are written by the server alone.
void register_schema_change_actions(ActionRegistry& registry) {
  auto refuse = [](Context&) -> Task<std::string> {
    throw Error(405, "schemaChanges are written by the server: ask for list or get");
    co_return std::string();
  };
  for (const char* action : {"create", "update", "destroy", "move", "firstOrCreate", "updateOrCreate"})
    registry.add(std::string("schemaChanges:") + action, Access::granted, refuse);
}

}  // namespace flotilla::api
