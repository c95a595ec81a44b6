#include <algorithm>

#include "api/actions/auth_support.hpp"
#include "api/actions/authenticator_actions.hpp"
#include "api/actions/role_summary.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "api/envelope.hpp"
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

Task<std::string> check_roles(Context& context) {
  const auth::Identity& identity = context.identity;
  JsonArray rows = co_await rows_where(context, "roles", "name", identity.roles);
  if (rows.empty()) throw bad_request("There is no role " + identity.role);
  const std::vector<std::string> anonymous{std::string(auth::kAnonymousRole)};
  const JsonArray anonymous_rows = co_await rows_where(context, "roles", "name", anonymous);

  JsonObject data = role_summary(identity.roles, rows);
  data["role"] = identity.role;
  data["roleMode"] = mode_text(context.services.authenticator.settings()->role_mode);
  data["allowMenuItemIds"] = identity.is_root() ? JsonArray() : co_await menu_items(context);
  data["allowAnonymous"] = !anonymous_rows.empty();
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
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  const data::NestedUpdates none;
  data::Work work = [&](data::Session& session) -> Task<void> {
    co_await data::update_record(session, writing, context.schema->collection("systemSettings"), *id, values,
                                 none);
  };
  co_await commit(context, work);
  co_return "{}";
}

Task<std::string> destroy_roles(Context& context) {
  const std::vector<std::string> kept{"root", "admin", "member"};
  protect_rows(context, "name", kept);
  co_return co_await run_general(context, "destroy");
}

}  // namespace

void register_role_actions(ActionRegistry& registry) {
  registry.add("roles:check", Access::signed_in, check_roles);
  registry.add("roles:setSystemRoleMode", Access::granted, set_role_mode);
  registry.add("roles:destroy", Access::granted, destroy_roles);
}

}  // namespace flotilla::api
