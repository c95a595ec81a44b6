#pragma once

#include "api/action.hpp"

namespace flotilla::api {

/// Each adds a family of actions to the registry. `register_actions` adds them all.
void register_actions(ActionRegistry& registry);

void register_read_actions(ActionRegistry& registry);  ///< *:list, get, query
void register_write_actions(
    ActionRegistry& registry);  ///< *:create, update, destroy, move, firstOrCreate, updateOrCreate
void register_relation_actions(ActionRegistry& registry);  ///< *:add, set, remove, toggle
void register_collection_actions(
    ActionRegistry& registry);  ///< collections:*, fields:*, collectionCategories:*
void register_auth_actions(
    ActionRegistry& registry);  ///< auth:*, authenticators:*, users:updateProfile …, roles:check
void register_system_actions(ActionRegistry& registry);  ///< app:*, fleet:nodes, systemSettings:*, pm:*,
                                                         ///< dataSources:*, availableActions:*

}  // namespace flotilla::api
