#include "api/actions/system_actions.hpp"

#include "api/actions/actions.hpp"
#include "api/actions/auth_support.hpp"

namespace flotilla::api {

Task<std::string> run_general_changed(Context& context, std::string_view action,
                                      const std::function<void(JsonObject&)>& change) {
  Json answer = json::parse(co_await run_general(context, action));
  Json& data = answer.as_object()["data"];
  if (data.is_object()) change(data.get_object());
  if (data.is_array()) {
    for (Json& record : data.get_array()) change(record.as_object());
  }
  co_return json::dump(answer);
}

void register_system_actions(ActionRegistry& registry) {
  register_app_actions(registry);
  register_fleet_actions(registry);
  register_schema_change_actions(registry);
  register_settings_actions(registry);
  register_audit_actions(registry);
  register_source_actions(registry);
  register_plugin_actions(registry);
  register_interface_actions(registry);
  register_ui_schema_actions(registry);
}

}  // namespace flotilla::api
