#include "auth/permissions/role.hpp"

namespace flotilla::auth {

Role compile_role(const RoleRow& row, const std::vector<const ResourceRow*>& resources,
                  const data::Schema& schema) {
  Role role;
  role.name = row.name;
  role.strategy = Strategy::read(row.strategy);
  role.snippets = SnippetRules(row.snippets, known_snippets());
  role.allow_configure = row.allow_configure;
  for (const ResourceRow* resource : resources) {
    const data::Collection* collection = schema.find(resource->name);
    auto [at, fresh] = role.resources.try_emplace(resource->name);
    if (fresh) role.resource_order.push_back(resource->name);
    for (const ConfiguredGrant& action : resource->actions)
      at->second.insert_or_assign(action.action, compile_grant(action, collection));
  }
  return role;
}

}  // namespace flotilla::auth
