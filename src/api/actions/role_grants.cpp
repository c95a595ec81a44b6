#include "api/actions/role_grants.hpp"

#include <algorithm>
#include <functional>

#include "auth/server_scope.hpp"
#include "data/write/destroy.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kResources = "dataSourcesRolesResources";
constexpr std::string_view kActions = "dataSourcesRolesResourcesActions";

Task<JsonArray> resources_where(data::Session& session, const data::RequestScope& scope, JsonObject filter) {
  data::ListRequest request;
  request.paginate = false;
  request.filter = std::move(filter);
  request.selection.appends = {"actions", "actions.scope"};
  request.sort = {"id"};
  co_return co_await auth::read_rows(session, scope, scope.schema.collection(kResources), request);
}

JsonObject filter_of(const GrantPlace& place) {
  return {{"roleName", place.role}, {"dataSourceKey", place.source}, {"name", place.resource}};
}

JsonObject filter_of(const std::string& collection) {
  return {{"dataSourceKey", "main"}, {"name", collection}};
}

/// Actions of a resource that the new list does not name by id.
Task<void> drop_actions(data::Session& session, const data::WriteScope& scope, const JsonObject& resource,
                        const Json& given) {
  JsonArray kept;
  if (given.is_array()) {
    for (const Json& item : given.get_array()) {
      const Json* id = item.is_object() ? json::find(item.get_object(), "id") : nullptr;
      if (id && !id->is_null()) kept.push_back(*id);
    }
  }
  JsonObject filter{{"rolesResourceId", resource.at("id")}};
  if (!kept.empty()) filter["id"] = JsonObject{{"$notIn", std::move(kept)}};
  data::ListRequest gone;
  gone.filter = std::move(filter);
  co_await data::destroy_records(session, scope, scope.schema.collection(kActions), nullptr, gone);
}

bool lists_fields(std::string_view action) {
  return action == "create" || action == "view" || action == "update" || action == "export" ||
         action == "importXlsx";
}

using FieldsChange = std::function<void(std::vector<std::string>&)>;

Task<void> change_fields(data::Session& session, const data::WriteScope& scope, const std::string& collection,
                         const FieldsChange& change) {
  const JsonArray resources = co_await resources_where(session, scope, filter_of(collection));
  const data::Collection& actions = scope.schema.collection(kActions);
  const data::NestedUpdates none;
  for (const Json& resource : resources) {
    for (const Json& item : resource.as_object().at("actions").as_array()) {
      const JsonObject& action = item.as_object();
      if (!lists_fields(json::text(action, "name"))) continue;
      std::vector<std::string> before;
      if (const Json* list = json::find(action, "fields"); list && list->is_array()) {
        for (const Json& name : list->get_array()) before.push_back(json::to_text(name));
      }
      std::vector<std::string> after = before;
      change(after);
      if (after == before) continue;
      const JsonObject values{{"fields", JsonArray(after.begin(), after.end())}};
      co_await data::update_record(session, scope, actions, action.at("id"), values, none);
    }
  }
}

}  // namespace

Task<Json> read_grants(data::Session& session, const data::RequestScope& scope, const GrantPlace& place) {
  JsonArray rows = co_await resources_where(session, scope, filter_of(place));
  co_return rows.empty() ? Json(nullptr) : std::move(rows.front());
}

Task<Json> put_grants(data::Session& session, const data::WriteScope& scope, const GrantPlace& place,
                      const JsonObject& given) {
  const data::Collection& resources = scope.schema.collection(kResources);
  JsonObject values = given;
  values.erase("id");
  for (auto& [key, value] : filter_of(place)) values[key] = value;
  data::NestedUpdates updates;
  updates.paths = {"actions", "actions.scope"};
  const Json known = co_await read_grants(session, scope, place);
  if (known.is_null()) {
    co_await data::create_record(session, scope, resources, values, updates);
  } else {
    const JsonObject& row = known.get_object();
    if (const Json* actions = json::find(values, "actions"))
      co_await drop_actions(session, scope, row, *actions);
    co_await data::update_record(session, scope, resources, row.at("id"), values, updates);
  }
  co_return co_await read_grants(session, scope, place);
}

Task<void> add_field_to_grants(data::Session& session, const data::WriteScope& scope,
                               const std::string& collection, const std::vector<std::string>& fields) {
  auto add = [&](std::vector<std::string>& list) {
    for (const std::string& name : fields) {
      if (std::ranges::find(list, name) == list.end()) list.push_back(name);
    }
  };
  co_await change_fields(session, scope, collection, add);
}

Task<void> remove_field_from_grants(data::Session& session, const data::WriteScope& scope,
                                    const std::string& collection, const std::vector<std::string>& fields) {
  auto remove = [&](std::vector<std::string>& list) {
    std::erase_if(list,
                  [&](const std::string& name) { return std::ranges::find(fields, name) != fields.end(); });
  };
  co_await change_fields(session, scope, collection, remove);
}

Task<void> revoke_grants(data::Session& session, const data::WriteScope& scope,
                         const std::string& collection) {
  const JsonArray resources = co_await resources_where(session, scope, filter_of(collection));
  for (const Json& resource : resources) {
    co_await drop_actions(session, scope, resource.as_object(), nullptr);
    data::ListRequest gone;
    gone.keys = resource.as_object().at("id");
    co_await data::destroy_records(session, scope, scope.schema.collection(kResources), nullptr, gone);
  }
}

}  // namespace flotilla::api
