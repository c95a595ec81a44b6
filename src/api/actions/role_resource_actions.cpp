#include <fmt/format.h>

#include <algorithm>

#include "api/actions/auth_support.hpp"
#include "api/actions/metadata_answers.hpp"
#include "api/actions/role_grants.hpp"
#include "api/actions/role_strategies.hpp"
#include "api/envelope.hpp"
#include "base/error.hpp"
#include "data/write/links.hpp"

namespace flotilla::api {
namespace {

constexpr std::size_t kResourcesMax = 1000;  ///< in one applyDataPermissions

const JsonObject& given_object(const Context& context) {
  if (!context.params.values.is_object()) throw bad_request("the body must be a JSON object");
  return context.params.values.get_object();
}

/// A name out of the filter, the body, else the key of the path.
std::string named(const Context& context, std::string_view name) {
  if (context.params.filter.is_object()) {
    const std::string_view text = json::text(context.params.filter.get_object(), name);
    if (!text.empty()) return std::string(text);
  }
  return body_text(context, name);
}

GrantPlace place_of(const Context& context) {
  GrantPlace place;
  place.role = context.route.source_id;
  if (const std::string source = named(context, "dataSourceKey"); !source.empty()) place.source = source;
  place.resource = named(context, "name");
  if (place.resource.empty() && !context.params.filter_by_tk.is_null())
    place.resource = json::to_text(context.params.filter_by_tk);
  if (place.resource.empty()) throw bad_request("name is required: the collection that the grants are on");
  return place;
}

/// Scopes are shown where there are some.
void shorten(Json& resource) {
  if (!resource.is_object()) return;
  for (Json& action : resource.get_object().at("actions").as_array()) {
    const Json* scope = json::find(action.as_object(), "scope");
    if (scope && scope->is_null()) action.as_object().erase("scope");
  }
}

Task<void> require_role(data::Session& session, const data::WriteScope& scope, const std::string& name) {
  const data::Collection& roles = scope.schema.collection("roles");
  if (!co_await data::find_key(session, scope, roles, "name", Json(name)))
    throw not_found(fmt::format("there is no role \"{}\"", name));
}

Task<std::string> get_resource(Context& context) {
  const GrantPlace place = place_of(context);
  const data::RequestScope scope = context.scope();
  Json resource;
  data::Work work = [&](data::Session& session) -> Task<void> {
    resource = co_await read_grants(session, scope, place);
  };
  co_await context.services.database.read(work);
  const bool actions = appends(context, "actions") || appends(context, "actions.scope");
  if (resource.is_object() && !actions) resource.get_object().erase("actions");
  co_return data_body(resource);
}

Task<Json> put_resource(Context& context) {
  const GrantPlace place = place_of(context);
  const JsonObject values = given_object(context);
  Json resource;
  auto run = [&](data::Session& session, const data::WriteScope& scope) -> Task<void> {
    co_await require_role(session, scope, place.role);
    resource = co_await put_grants(session, scope, place, values);
  };
  co_await run_in_transaction(context, run);
  shorten(resource);
  co_return resource;
}

Task<std::string> create_resource(Context& context) { co_return data_body(co_await put_resource(context)); }

Task<std::string> update_resource(Context& context) {
  JsonArray updated;
  updated.push_back(co_await put_resource(context));
  co_return data_body(Json(std::move(updated)));
}

/// Every collection that people manage, and how the role's permissions on it are made up.
Task<std::string> list_collections(Context& context) {
  const std::string role = context.route.source_id;
  data::ListRequest request;
  request.paginate = false;
  request.filter = JsonObject{{"roleName", role}, {"dataSourceKey", "main"}};
  const JsonArray resources = co_await read_collection(context, "dataSourcesRolesResources", request);
  context.params.fields.reset();
  if (context.params.filter.is_object()) context.params.filter.get_object().erase("dataSourceKey");
  const ChosenRows chosen = co_await choose_rows(context, "collections", "name", {}, false);
  const auto metadata = context.services.model.metadata();
  JsonArray rows;
  for (const std::string& name : chosen.values) {
    const JsonObject* collection = metadata->collection(name);
    if (!collection) continue;
    auto resource = std::ranges::find_if(
        resources, [&](const Json& row) { return json::text(row.as_object(), "name") == name; });
    const bool exists = resource != resources.end();
    const bool own = exists && json::truthy(resource->as_object(), "usingActionsConfig");
    const Json* title = json::find(*collection, "title");
    rows.push_back(JsonObject{{"type", "collection"},
                              {"name", name},
                              {"collectionName", name},
                              {"title", title ? *title : Json(nullptr)},
                              {"roleName", role},
                              {"usingConfig", own ? "resourceAction" : "strategy"},
                              {"exists", exists}});
  }
  co_return list_body(context, std::move(rows), chosen.count);
}

/// The id of the scope that an action names by id or by key.
Task<Json> scope_id(data::Session& session, const data::WriteScope& scope, const JsonObject& action) {
  if (const Json* id = json::find(action, "scopeId"); id && !id->is_null()) co_return *id;
  const std::string_view key = json::text(action, "scopeKey");
  if (key.empty()) co_return nullptr;
  const data::Collection& scopes = scope.schema.collection("dataSourcesRolesResourcesScopes");
  const std::optional<Json> id = co_await data::find_key(session, scope, scopes, "key", Json(key));
  if (!id) throw bad_request(fmt::format("there is no scope with the key \"{}\"", key));
  co_return *id;
}

Task<JsonObject> values_of_resource(data::Session& session, const data::WriteScope& scope,
                                    const JsonObject& given) {
  JsonObject values;
  if (const Json* own = json::find(given, "usingActionsConfig")) values["usingActionsConfig"] = *own;
  const Json* actions = json::find(given, "actions");
  if (!actions || actions->is_null()) co_return values;
  if (!actions->is_array()) throw bad_request("actions must be a list");
  JsonArray out;
  for (const Json& item : actions->get_array()) {
    if (!item.is_object() || json::text(item.get_object(), "name").empty())
      throw bad_request("each of actions must be an object with a name");
    const JsonObject& action = item.get_object();
    JsonObject row{{"name", action.at("name")}, {"scopeId", co_await scope_id(session, scope, action)}};
    if (const Json* fields = json::find(action, "fields")) row["fields"] = *fields;
    out.push_back(std::move(row));
  }
  values["actions"] = std::move(out);
  co_return values;
}

JsonObject summary_of(const JsonObject& resource) {
  JsonArray actions;
  for (const Json& item : resource.at("actions").as_array()) {
    const JsonObject& action = item.as_object();
    JsonObject row;
    for (std::string_view key : {"id", "name", "fields", "scopeId"}) row[key] = action.at(key);
    actions.push_back(std::move(row));
  }
  JsonObject out;
  for (std::string_view key : {"id", "name", "dataSourceKey", "usingActionsConfig"})
    out[key] = resource.at(key);
  out["actions"] = std::move(actions);
  return out;
}

/// Sets the grants of a role on many collections at once.
Task<std::string> apply_permissions(Context& context) {
  const std::string role = context.params.filter_by_tk.is_null() ? body_text(context, "roleName")
                                                                 : json::to_text(context.params.filter_by_tk);
  if (role.empty()) throw bad_request("filterByTk is required: the name of a role");
  std::string source = body_text(context, "dataSourceKey");
  if (source.empty()) source = "main";
  const Json* list = json::find(given_object(context), "resources");
  if (!list || !list->is_array()) throw bad_request("resources must be a list");
  if (list->get_array().size() > kResourcesMax)
    throw bad_request(fmt::format("at most {} resources at once", kResourcesMax));
  JsonArray applied;
  auto run = [&](data::Session& session, const data::WriteScope& scope) -> Task<void> {
    applied.clear();
    co_await require_role(session, scope, role);
    for (const Json& item : list->get_array()) {
      if (!item.is_object()) throw bad_request("each of resources must be an object");
      const JsonObject& given = item.get_object();
      const GrantPlace place{role, source, std::string(json::text(given, "name"))};
      if (place.resource.empty()) throw bad_request("each of resources must have a name");
      const JsonObject values = co_await values_of_resource(session, scope, given);
      const Json resource = co_await put_grants(session, scope, place, values);
      applied.push_back(summary_of(resource.as_object()));
    }
  };
  co_await run_in_transaction(context, run);
  const auto count = static_cast<std::int64_t>(applied.size());
  JsonObject data{{"roleName", role}, {"dataSourceKey", source}, {"resources", std::move(applied)}};
  data["count"] = count;
  co_return data_body(data);
}

}  // namespace

void register_role_resource_actions(ActionRegistry& registry) {
  registry.add("roles.collections:list", Access::granted, list_collections);
  registry.add("roles.dataSourcesCollections:list", Access::granted, list_collections);
  registry.add("roles.dataSourceResources:get", Access::granted, get_resource);
  registry.add("roles.dataSourceResources:create", Access::granted, create_resource);
  registry.add("roles.dataSourceResources:update", Access::granted, update_resource);
  registry.add("roles:applyDataPermissions", Access::granted, apply_permissions);
}

}  // namespace flotilla::api
