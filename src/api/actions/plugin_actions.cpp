#include "api/actions/system_actions.hpp"

namespace flotilla::api {
namespace {

/// This server has no plugins: what it does is built in.
Task<std::string> no_plugins(Context&) { co_return R"({"data":[]})"; }

}  // namespace

void register_plugin_actions(ActionRegistry& registry) {
  registry.add("pm:listEnabled", Access::open, no_plugins);
  registry.add("pm:listEnabledV2", Access::open, no_plugins);
  registry.add("pm:list", Access::granted, no_plugins);
}

}  // namespace flotilla::api
