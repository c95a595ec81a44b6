#include "api/actions/role_summary.hpp"

#include <algorithm>

namespace flotilla::api {
namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }
void add(Names& names, const std::string& name) {
  if (!has(names, name)) names.push_back(name);
}

bool excludes(std::string_view rule) { return rule.starts_with('!'); }

/// `pm` of `pm.auth.*` and `!pm`.
std::string_view family(std::string_view rule) {
  if (excludes(rule)) rule.remove_prefix(1);
  return rule.substr(0, rule.find('.'));
}

bool includes_of_family(const Names& rules, std::string_view name) {
  return std::ranges::any_of(
      rules, [&](const std::string& rule) { return !excludes(rule) && family(rule) == name; });
}

Names texts_of(const Json* list) {
  Names out;
  if (!list || !list->is_array()) return out;
  for (const Json& item : list->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

const JsonObject* row_of(const JsonArray& rows, std::string_view name) {
  for (const Json& row : rows) {
    if (row.is_object() && json::text(row.get_object(), "name") == name) return &row.get_object();
  }
  return nullptr;
}

JsonObject known_aliases() {
  return {{"create", "create"},   {"get", "view"},      {"list", "view"},
          {"query", "view"},      {"update", "update"}, {"move", "update"},
          {"destroy", "destroy"}, {"export", "export"}, {"exportAttachments", "export"}};
}

}  // namespace

std::vector<std::string> merged_snippets(const std::vector<Names>& roles) {
  Names out;
  for (const Names& rules : roles) {
    for (const std::string& rule : rules) {
      if (!excludes(rule)) {
        add(out, rule);
        continue;
      }
      const bool all = std::ranges::all_of(roles, [&](const Names& other) { return has(other, rule); });
      bool granted = false, all_granting = true;
      for (const Names& other : roles) {
        if (!includes_of_family(other, family(rule))) continue;
        granted = true;
        all_granting = all_granting && has(other, rule);
      }
      if (all || (granted && all_granting)) add(out, rule);
    }
  }
  return out;
}

JsonObject role_summary(const Names& given, const JsonArray& rows) {
  const bool root = has(given, "root");
  const Names names = root ? Names{"root"} : given;
  Names actions;
  std::vector<Names> snippets;
  JsonArray roles;
  bool allow_configure = false, has_strategy = false;
  for (const std::string& name : names) {
    const JsonObject* row = row_of(rows, name);
    if (!row) continue;
    roles.push_back(Json(name));
    allow_configure |= json::truthy(*row, "allowConfigure");
    snippets.push_back(texts_of(json::find(*row, "snippets")));
    const Json* strategy = json::find(*row, "strategy");
    if (!strategy || !strategy->is_object()) continue;
    const Json* list = json::find(strategy->get_object(), "actions");
    has_strategy |= list != nullptr;
    if (list && list->is_string()) add(actions, std::string(list->get_string()));  // `*`
    for (const std::string& action : texts_of(list)) add(actions, action);
  }
  JsonObject strategy;
  if (has_strategy) strategy["actions"] = JsonArray(actions.begin(), actions.end());
  const Names rules = snippets.size() == 1 ? snippets.front() : merged_snippets(snippets);

  JsonObject out;
  out["roles"] = std::move(roles);
  out["strategy"] = std::move(strategy);
  out["actions"] = JsonObject();
  out["snippets"] = JsonArray(rules.begin(), rules.end());
  out["resources"] = JsonArray();
  out["availableActions"] =
      JsonArray{"create", "view", "update", "destroy", "export", "importXlsx", "trigger", "triggerNew"};
  out["actionAlias"] = known_aliases();
  out["allowAll"] = root;
  out["allowConfigure"] = allow_configure;
  out["uiButtonSchemasBlacklist"] = JsonArray();
  return out;
}

}  // namespace flotilla::api
