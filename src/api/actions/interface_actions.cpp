#include <algorithm>
#include <set>

#include "api/actions/auth_support.hpp"
#include "api/actions/route_tree.hpp"
#include "api/actions/system_actions.hpp"
#include "api/actions/target.hpp"
#include "api/envelope.hpp"

namespace flotilla::api {
namespace {

/// Routes that the request's filter and key choose and the roles that count may see; root sees all.
Task<JsonArray> accessible_routes(const Context& context) {
  data::ListRequest request = list_request(context);
  request.selection = {};
  request.paginate = false;
  if (request.sort.empty()) request.sort = {"sort"};
  JsonArray rows = co_await read_collection(context, "desktopRoutes", request);
  if (context.identity.is_root()) co_return rows;

  data::ListRequest grants;
  grants.paginate = false;
  const JsonArray roles(context.identity.roles.begin(), context.identity.roles.end());
  grants.filter = JsonObject{{"roleName", {{"$in", roles}}}};
  JsonArray granted = co_await read_collection(context, "rolesDesktopRoutes", grants);
  std::set<std::string> ids;
  for (const Json& grant : granted) ids.insert(json::to_text(grant.as_object().at("desktopRouteId")));
  JsonArray visible;
  for (Json& row : rows) {
    if (ids.contains(json::to_text(row.as_object().at("id")))) visible.push_back(std::move(row));
  }
  co_return visible;
}

Task<std::string> list_accessible(Context& context) {
  JsonArray rows = co_await accessible_routes(context);
  if (context.params.flag("tree")) rows = route_tree(std::move(rows));
  co_return data_body(Json(std::move(rows)));
}

Task<std::string> get_accessible(Context& context) {
  JsonArray rows = co_await accessible_routes(context);
  co_return data_body(rows.empty() ? Json(nullptr) : rows.front());
}

/// For the sign-in page too: which layouts there are.
Task<std::string> enabled_layouts(Context& context) {
  data::ListRequest request;
  request.paginate = false;
  request.filter = JsonObject{{"enabled", true}};
  co_return data_body(Json(co_await read_collection(context, "uiLayouts", request)));
}

}  // namespace

void register_interface_actions(ActionRegistry& registry) {
  registry.add("desktopRoutes:listAccessible", Access::signed_in, list_accessible);
  registry.add("desktopRoutes:getAccessible", Access::signed_in, get_accessible);
  registry.add("uiLayouts:listEnabled", Access::open, enabled_layouts);
  // The sign-in page is shown in the theme too.
  registry.add("themeConfig:list", Access::open,
               [](Context& context) { return run_general(context, "list"); });
}

}  // namespace flotilla::api
