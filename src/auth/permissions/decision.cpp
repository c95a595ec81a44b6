#include "auth/permissions/decision.hpp"

#include <algorithm>

#include "auth/permissions/role_union.hpp"

namespace flotilla::auth {

std::string_view permission_of(std::string_view action) {
  static constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
      {"list", "view"},
      {"get", "view"},
      {"query", "view"},
      {"move", "update"},
      {"firstOrCreate", "create"},
      {"updateOrCreate", "create"},
      {"exportAttachments", "export"}};
  auto at = std::ranges::find(kAliases, action, &std::pair<std::string_view, std::string_view>::first);
  return at == std::end(kAliases) ? action : at->second;
}

bool is_strategy_resource(const data::Collection& collection) {
  return collection.from_metadata || json::truthy(collection.options, "asStrategyResource");
}

Decision decide_role(const Role& role, const ActionQuestion& question) {
  Decision out;
  if (role.is_root()) {
    out.allowed = out.root = true;
    return out;
  }
  const std::string_view permission = permission_of(question.action);
  if (auto resource = role.resources.find(question.resource); resource != role.resources.end()) {
    auto action = resource->second.find(permission);
    if (action == resource->second.end()) return out;
    out.allowed = true;
    out.grant = action->second;
    return out;
  }
  if (question.strategy_applies) {
    if (std::optional<Grant> found = role.strategy.find(permission)) {
      out.allowed = true;
      out.grant = std::move(*found);
      return out;
    }
  }
  out.allowed = out.by_snippet = role.snippets.allowed(question.path).value_or(false);
  return out;
}

Decision decide_roles(const std::vector<std::shared_ptr<const Role>>& roles, const ActionQuestion& question) {
  Decision out;
  for (const auto& role : roles) {
    if (role->is_root()) return decide_role(*role, question);
  }
  for (const auto& role : roles) {
    Decision one = decide_role(*role, question);
    if (!one.allowed) continue;
    if (!out.allowed)
      out = std::move(one);
    else
      out = {true, false, out.by_snippet && one.by_snippet, merge_grants(out.grant, one.grant)};
  }
  return out;
}

}  // namespace flotilla::auth
