#include "auth/permissions/grant.hpp"

#include <algorithm>

namespace flotilla::auth {
namespace {

void add(Names& names, std::string_view name) {
  if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
}

bool is_empty(const Json& filter) {
  return filter.is_null() || (filter.is_object() && filter.get_object().empty()) ||
         (filter.is_array() && filter.get_array().empty());
}

JsonArray list_of(const Names& names) { return JsonArray(names.begin(), names.end()); }

}  // namespace

const JsonObject& own_filter() {
  static const JsonObject kOwn{{"createdById", "{{ ctx.state.currentUser.id }}"}};
  return kOwn;
}

bool Grant::unrestricted() const { return !fields && !appends && !whitelist && is_empty(filter); }

Grant compile_grant(const ConfiguredGrant& configured, const data::Collection* collection) {
  Grant grant;
  if (configured.scoped) {
    grant.own = configured.own;
    grant.filter = configured.own ? Json(own_filter()) : configured.filter;
  }
  const std::string& action = configured.action;
  if (action == "create" || action == "update") {
    grant.whitelist = configured.fields;
    return grant;
  }
  if (action != "view" && action != "export") {
    grant.fields = configured.fields;
    return grant;
  }
  Names fields, appends;
  for (const std::string& name : configured.fields) {
    const data::Field* field = collection ? collection->find(name) : nullptr;
    add(field && field->is_association() ? appends : fields, name);
  }
  if (collection && action == "view") {
    if (const data::Field* key = collection->primary_key()) add(fields, key->name);
    for (std::string_view name : {"createdAt", "updatedAt"}) {
      if (collection->find(name)) add(fields, name);
    }
  }
  grant.fields = std::move(fields);
  grant.appends = std::move(appends);
  return grant;
}

JsonObject shown(const Grant& grant) {
  JsonObject out;
  if (grant.own) {
    out["own"] = *grant.own;
    out["filter"] = grant.filter;
  } else if (!grant.filter.is_null()) {
    out["filter"] = grant.filter;
  }
  if (grant.appends) out["appends"] = list_of(*grant.appends);
  if (grant.fields) out["fields"] = list_of(*grant.fields);
  if (grant.whitelist) out["whitelist"] = list_of(*grant.whitelist);
  return out;
}

bool mentions(const Json& filter, std::string_view field) {
  if (filter.is_array())
    return std::ranges::any_of(filter.get_array(), [&](const Json& item) { return mentions(item, field); });
  if (!filter.is_object()) return false;
  return std::ranges::any_of(filter.get_object(), [&](const auto& member) {
    const std::string_view key = member.key();
    const bool named = key.starts_with(field) && (key.size() == field.size() || key[field.size()] == '.');
    if (named) return true;
    // Conditions on an association are about fields of another collection.
    return key.starts_with('$') && mentions(member.value(), field);
  });
}

}  // namespace flotilla::auth
