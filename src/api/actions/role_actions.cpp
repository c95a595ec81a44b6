#include <algorithm>
#include <map>

#include "api/actions/auth_support.hpp"
#include "api/actions/authenticator_actions.hpp"
#include "api/actions/role_strategies.hpp"
#include "api/actions/role_summary.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "api/envelope.hpp"
#include "auth/permissions/snapshot.hpp"
#include "base/error.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

/// Rows of `collection` whose `field` is one of `values`; none when there is no such collection.
Task<JsonArray> rows_where(const Context& context, std::string_view collection, std::string_view field,
                           const std::vector<std::string>& values) {
  if (!context.schema->find(collection)) co_return JsonArray();
  JsonObject among{{"$in", JsonArray(values.begin(), values.end())}};
  JsonObject filter;
  filter[field] = std::move(among);
  data::ListRequest request;
  request.paginate = false;
  request.filter = std::move(filter);
  co_return co_await read_collection(context, collection, request);
}

Task<JsonArray> menu_items(const Context& context) {
  JsonArray links = co_await rows_where(context, "rolesUischemas", "roleName", context.identity.roles);
  JsonArray uids;
  for (const Json& link : links) {
    const Json* uid = json::find(link.as_object(), "uiSchemaXUid");
    if (uid && std::ranges::find(uids, *uid) == uids.end()) uids.push_back(*uid);
  }
  co_return uids;
}

std::string_view mode_text(auth::RoleMode mode) {
  switch (mode) {
    case auth::RoleMode::allow_union:
      return "allow-use-union";
    case auth::RoleMode::only_union:
      return "only-use-union";
    default:
      return "default";
  }
}

/// Buttons that are shown to other roles only.
Task<JsonArray> hidden_buttons(const Context& context) {
  data::ListRequest all;
  all.paginate = false;
  const JsonArray rows = co_await read_collection(context, "uiButtonSchemasRoles", all);
  std::map<std::string, bool> shown;  // by uid, in the order of uids
  for (const Json& row : rows) {
    const std::string role(json::text(row.as_object(), "roleName"));
    const bool mine = std::ranges::find(context.identity.roles, role) != context.identity.roles.end();
    shown[std::string(json::text(row.as_object(), "uid"))] |= mine;
  }
  JsonArray uids;
  for (const auto& [uid, mine] : shown) {
    if (!mine) uids.push_back(Json(uid));
  }
  co_return uids;
}

Task<std::string> check_roles(Context& context) {
  const auth::Identity& identity = context.identity;
  const auth::PermissionSnapshot& permissions = *context.permit.permissions;
  const auto roles = permissions.find(identity.roles);
  if (roles.empty()) throw bad_request("There is no role " + identity.role);

  JsonObject data = role_summary(roles);
  data["role"] = identity.role;
  data["roleMode"] = mode_text(context.services.authenticator.settings()->role_mode);
  data["allowMenuItemIds"] = identity.is_root() ? JsonArray() : co_await menu_items(context);
  data["allowAnonymous"] = permissions.find(auth::kAnonymousRole) != nullptr;
  data["uiButtonSchemasBlacklist"] = identity.is_root() ? JsonArray() : co_await hidden_buttons(context);
  JsonObject meta{{"dataSources", JsonObject()}};
  co_return data_body(data, meta);
}

Task<std::string> set_role_mode(Context& context) {
  const std::string mode = body_text(context, "roleMode");
  if (mode != mode_text(auth::read_role_mode(mode)))
    throw bad_request("roleMode must be one of default, allow-use-union, only-use-union");
  const JsonObject settings = co_await read_system_settings(context);
  const Json* id = json::find(settings, "id");
  if (!id) throw not_found("There are no system settings");
  const JsonObject values{{"roleMode", mode}};
  const data::NestedUpdates none;
  auto run = [&](data::Session& session, const data::WriteScope& writing) -> Task<void> {
    co_await data::update_record(session, writing, context.schema->collection("systemSettings"), *id, values,
                                 none);
  };
  co_await run_in_transaction(context, run);
  co_return "{}";
}

/// At most one role is given to new users: the one marked last.
Task<std::vector<std::string>> marked_roles(data::Session& session, const data::RequestScope& scope) {
  data::ListRequest request;
  request.paginate = false;
  request.filter = JsonObject{{"default", true}};
  const JsonArray rows = co_await auth::read_rows(session, scope, scope.schema.collection("roles"), request);
  std::vector<std::string> names;
  for (const Json& row : rows) names.emplace_back(json::text(row.as_object(), "name"));
  co_return names;
}

Task<void> keep_newest_mark(data::Session& session, const data::WriteScope& scope,
                            const std::vector<std::string>& before) {
  const std::vector<std::string> now = co_await marked_roles(session, scope);
  const bool fresh = std::ranges::any_of(
      now, [&](const std::string& name) { return std::ranges::find(before, name) == before.end(); });
  if (!fresh) co_return;
  const data::NestedUpdates none;
  for (const std::string& name : before) {
    const JsonObject values{{"default", false}};
    co_await data::update_record(session, scope, scope.schema.collection("roles"), Json(name), values, none);
  }
}

/// create and update of roles: the strategy is that of the main data source too, and one role is the default.
Task<std::string> write_roles(Context& context, std::string_view action) {
  bool strategy = false, marks = false;
  each_record(context, [&](JsonObject& record) {
    strategy |= record.contains("strategy");
    marks |= json::truthy(record, "default");
  });
  std::vector<std::string> before;
  if (marks) {
    const data::RequestScope scope = context.scope();
    data::Work look = [&](data::Session& session) -> Task<void> {
      before = co_await marked_roles(session, scope);
    };
    co_await context.services.database.read(look);
  }
  context.then = [strategy, before](data::Session& session, const data::WriteScope& scope) -> Task<void> {
    if (!before.empty()) co_await keep_newest_mark(session, scope, before);
    if (strategy) co_await strategies_to_source(session, scope);
  };
  co_return co_await run_general(context, action);
}

Task<std::string> list_snippets(Context&) {
  throw bad_request("the snippets of a role are its field \"snippets\", not records of their own");
  co_return std::string();
}

}  // namespace

void register_role_actions(ActionRegistry& registry) {
  registry.add("roles:check", Access::signed_in, check_roles);
  registry.add("roles:setSystemRoleMode", Access::granted, set_role_mode);
  for (std::string action : {"create", "update", "updateOrCreate"})
    registry.add("roles:" + action, Access::granted,
                 [action](Context& context) { return write_roles(context, action); });
  registry.add("roles.snippets:list", Access::granted, list_snippets);
  register_role_source_actions(registry);
  register_role_resource_actions(registry);
}

}  // namespace flotilla::api
