#include "auth/permissions/permission_store.hpp"

#include <algorithm>

namespace flotilla::auth {
namespace {

constexpr std::string_view kMainSource = "main";

Names texts_of(const Json* list) {
  Names out;
  if (!list || !list->is_array()) return out;
  for (const Json& item : list->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

const JsonObject* object_of(const JsonObject& row, std::string_view name) {
  const Json* value = json::find(row, name);
  return value ? value->if_object() : nullptr;
}

/// Empty when the action names a scope that is gone: which rows were meant nobody knows.
std::optional<ConfiguredGrant> grant_of(const JsonObject& action) {
  ConfiguredGrant out;
  out.action = json::text(action, "name");
  out.fields = texts_of(json::find(action, "fields"));
  if (const JsonObject* scope = object_of(action, "scope")) {
    out.scoped = true;
    out.own = json::text(*scope, "key") == "own";
    if (const Json* filter = json::find(*scope, "scope")) out.filter = *filter;
  } else if (const Json* id = json::find(action, "scopeId"); id && !id->is_null()) {
    return std::nullopt;
  }
  return out;
}

data::ListRequest everything() {
  data::ListRequest request;
  request.paginate = false;
  return request;
}

}  // namespace

bool decides_permissions(std::string_view collection) {
  static constexpr std::string_view kNames[] = {"roles",
                                                "rolesUsers",
                                                "dataSourcesRoles",
                                                "dataSourcesRolesResources",
                                                "dataSourcesRolesResourcesActions",
                                                "dataSourcesRolesResourcesScopes"};
  return std::ranges::find(kNames, collection) != std::end(kNames);
}

bool concerns_permissions(std::string_view collection) {
  return decides_permissions(collection) || collection == "systemSettings";
}

Task<void> PermissionStore::prepare() {
  const ServerScope server(model_, random_, next_id_, clock_.now());
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await data::lock_schema(session);
    co_await data::start_epoch(session, server.scope().schema, data::EpochOf::permissions);
  };
  co_await database_.write(work);
}

Task<std::int64_t> PermissionStore::epoch() {
  const auto schema = model_.schema();
  std::int64_t epoch = 0;
  data::Work work = [&](data::Session& session) -> Task<void> {
    epoch = co_await data::read_epoch(session, *schema, data::EpochOf::permissions);
  };
  co_await database_.read(work);
  co_return epoch;
}

Task<std::shared_ptr<const PermissionRows>> PermissionStore::read() {
  const ServerScope server(model_, random_, next_id_, clock_.now());
  const data::Schema& schema = server.scope().schema;
  auto out = std::make_shared<PermissionRows>();
  data::Work work = [&](data::Session& session) -> Task<void> {
    // Outside a transaction: what was read between two equal epochs belongs together.
    std::int64_t before = co_await data::read_epoch(session, schema, data::EpochOf::permissions);
    for (;;) {
      *out = co_await read(session, server);
      out->epoch = co_await data::read_epoch(session, schema, data::EpochOf::permissions);
      if (out->epoch == before) co_return;
      before = out->epoch;
    }
  };
  co_await database_.read(work);
  co_return out;
}

Task<PermissionRows> PermissionStore::read(data::Session& session, const ServerScope& server) {
  PermissionRows out;
  const data::ListRequest all = everything();
  const JsonArray roles = co_await read_rows(session, server.scope(), server.collection("roles"), all);
  for (const Json& item : roles) {
    const JsonObject& row = item.as_object();
    const Json* strategy = json::find(row, "strategy");
    out.roles.push_back({std::string(json::text(row, "name")), strategy ? *strategy : Json(),
                         texts_of(json::find(row, "snippets")), json::truthy(row, "allowConfigure")});
  }
  // The data source's own strategy goes before the one in `roles`, which repeats it.
  data::ListRequest of_main = everything();
  of_main.filter = JsonObject{{"dataSourceKey", kMainSource}};
  const JsonArray strategies =
      co_await read_rows(session, server.scope(), server.collection("dataSourcesRoles"), of_main);
  for (const Json& item : strategies) {
    const JsonObject& row = item.as_object();
    auto role = std::ranges::find(out.roles, json::text(row, "roleName"), &RoleRow::name);
    if (role != out.roles.end()) role->strategy = row.at("strategy");
  }
  data::ListRequest resources = everything();
  resources.filter = JsonObject{{"dataSourceKey", kMainSource}, {"usingActionsConfig", true}};
  resources.selection.appends = {"actions", "actions.scope"};
  const JsonArray rows =
      co_await read_rows(session, server.scope(), server.collection("dataSourcesRolesResources"), resources);
  for (const Json& item : rows) {
    const JsonObject& row = item.as_object();
    ResourceRow resource{std::string(json::text(row, "roleName")), std::string(json::text(row, "name")), {}};
    for (const Json& action : row.at("actions").as_array()) {
      if (auto grant = grant_of(action.as_object())) resource.actions.push_back(std::move(*grant));
    }
    out.resources.push_back(std::move(resource));
  }
  co_return out;
}

}  // namespace flotilla::auth
