#pragma once

#include "api/action.hpp"
#include "data/write/write_scope.hpp"

namespace flotilla::api {

/// The strategy of a role stands in `roles` and, for the main data source, in `dataSourcesRoles`. Each of
/// these brings the other one in line with what was just written, in its transaction.
Task<void> strategies_to_source(data::Session& session, const data::WriteScope& scope);
Task<void> strategy_to_role(data::Session& session, const data::WriteScope& scope, const std::string& role,
                            const Json& strategy);

void register_role_source_actions(ActionRegistry& registry);    ///< dataSources.roles:*
void register_role_resource_actions(ActionRegistry& registry);  ///< roles.collections:*,
                                                                ///< roles.dataSource*:*,
                                                                ///< roles:applyDataPermissions

}  // namespace flotilla::api
