#pragma once

#include "api/action.hpp"

namespace flotilla::api {

void register_app_actions(ActionRegistry& registry);    ///< app:*, availableActions:list, logger:collect
void register_fleet_actions(ActionRegistry& registry);  ///< fleet:nodes
void register_schema_change_actions(ActionRegistry& registry);  ///< schemaChanges:*
void register_settings_actions(ActionRegistry& registry);       ///< systemSettings:*, environmentVariables:*
void register_source_actions(ActionRegistry& registry);     ///< dataSources:*, dbViews:*, mainDataSource:*
void register_plugin_actions(ActionRegistry& registry);     ///< pm:*
void register_interface_actions(ActionRegistry& registry);  ///< desktopRoutes, uiLayouts, themeConfig
void register_audit_actions(ActionRegistry& registry);      ///< auditLogs is only read
void register_ui_schema_actions(ActionRegistry& registry);  ///< uiSchemas: reading

/// Runs `*:list` or `*:get` and lets `change` work on each record of its answer.
Task<std::string> run_general_changed(Context& context, std::string_view action,
                                      const std::function<void(JsonObject&)>& change);

}  // namespace flotilla::api
