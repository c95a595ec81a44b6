#include "api/actions/role_summary.hpp"

#include <algorithm>

#include "auth/permissions/role_union.hpp"

namespace flotilla::api {
namespace {

using auth::Names;
using Roles = std::vector<std::shared_ptr<const auth::Role>>;

void add(Names& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

JsonArray list_of(const Names& names) { return JsonArray(names.begin(), names.end()); }

JsonObject known_aliases() {
  return {{"create", "create"},   {"get", "view"},      {"list", "view"},
          {"query", "view"},      {"update", "update"}, {"move", "update"},
          {"destroy", "destroy"}, {"export", "export"}, {"exportAttachments", "export"}};
}

JsonObject strategy_of(const Roles& roles) {
  Names entries;
  bool given = false;
  for (const auto& role : roles) {
    given |= role->strategy.given();
    for (const std::string& entry : role->strategy.entries()) add(entries, entry);
  }
  JsonObject out;
  if (given) out["actions"] = list_of(entries);
  return out;
}

Names resources_of(const Roles& roles) {
  Names out;
  for (const auto& role : roles) {
    for (const std::string& name : role->resource_order) add(out, name);
  }
  return out;
}

/// What the roles grant on one resource: a role without grants of its own there counts by its strategy,
/// where that is about all rows.
std::vector<std::pair<std::string, auth::Grant>> grants_on(const Roles& roles, const std::string& resource) {
  std::vector<std::pair<std::string, auth::Grant>> out;
  auto merge = [&](const std::string& action, const auth::Grant& grant) {
    auto known = std::ranges::find(out, action, &std::pair<std::string, auth::Grant>::first);
    if (known == out.end())
      out.emplace_back(action, grant);
    else
      known->second = auth::merge_grants(known->second, grant);
  };
  for (const auto& role : roles) {
    auto own = role->resources.find(resource);
    if (own != role->resources.end()) {
      for (const auto& [action, grant] : own->second) merge(action, grant);
    } else {
      for (const std::string& action : role->strategy.unrestricted_actions()) merge(action, {});
    }
  }
  return out;
}

JsonObject actions_of(const Roles& roles, const Names& resources) {
  JsonObject out;
  for (const std::string& resource : resources) {
    for (const auto& [action, grant] : grants_on(roles, resource))
      out[resource + ":" + action] = auth::shown(grant);
  }
  return out;
}

Names snippets_of(const Roles& roles) {
  std::vector<Names> rules;
  for (const auto& role : roles) rules.push_back(role->snippets.rules());
  return rules.size() == 1 ? rules.front() : auth::merged_snippets(rules);
}

}  // namespace

JsonObject role_summary(const Roles& given) {
  Roles roles = given;
  auto root = std::ranges::find_if(roles, [](const auto& role) { return role->is_root(); });
  const bool all = root != roles.end();
  if (all) roles = {*root};

  JsonArray names;
  for (const auto& role : roles) names.push_back(Json(role->name));
  const Names resources = resources_of(roles);
  JsonObject out;
  out["roles"] = std::move(names);
  out["strategy"] = strategy_of(roles);
  out["actions"] = actions_of(roles, resources);
  out["snippets"] = list_of(snippets_of(roles));
  out["resources"] = list_of(resources);
  out["availableActions"] =
      JsonArray{"create", "view", "update", "destroy", "export", "importXlsx", "trigger", "triggerNew"};
  out["actionAlias"] = known_aliases();
  out["allowAll"] = all;
  out["allowConfigure"] = std::ranges::any_of(roles, [](const auto& role) { return role->allow_configure; });
  return out;
}

}  // namespace flotilla::api
