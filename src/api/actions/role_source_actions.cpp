#include "api/actions/auth_support.hpp"
#include "api/actions/role_strategies.hpp"
#include "api/actions/target.hpp"
#include "api/envelope.hpp"
#include "base/error.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kMainSource = "main";

Task<JsonArray> rows_of(data::Session& session, const data::RequestScope& scope, std::string_view collection,
                        JsonObject filter) {
  data::ListRequest request;
  request.paginate = false;
  request.filter = std::move(filter);
  co_return co_await auth::read_rows(session, scope, scope.schema.collection(collection), request);
}

std::string source_key_of(const Context& context) {
  return context.route.source_id.empty() ? std::string(kMainSource) : context.route.source_id;
}

/// The role named by filterByTk, else by the body.
std::string role_of(const Context& context) {
  const Json& key = context.params.filter_by_tk;
  const std::string role = key.is_null() ? body_text(context, "roleName") : json::to_text(key);
  if (role.empty()) throw bad_request("filterByTk is required: the name of a role");
  return role;
}

JsonObject of_role(const std::string& role, const std::string& source) {
  return {{"roleName", role}, {"dataSourceKey", source}};
}

/// Sets the strategy of a role in a data source; the row is made when there is none.
Task<void> put_strategy(data::Session& session, const data::WriteScope& scope, const std::string& role,
                        const std::string& source, const Json& strategy) {
  const data::Collection& c = scope.schema.collection("dataSourcesRoles");
  const JsonArray rows = co_await rows_of(session, scope, c.name, of_role(role, source));
  const data::NestedUpdates none;
  JsonObject values = of_role(role, source);
  values["strategy"] = strategy;
  if (rows.empty()) {
    co_await data::create_record(session, scope, c, values, none);
    co_return;
  }
  const Json key = rows.front().as_object().at("id");
  co_await data::update_record(session, scope, c, key, values, none);
}

Task<std::string> get_strategy(Context& context) {
  const std::string role = role_of(context), source = source_key_of(context);
  const data::RequestScope scope = context.scope();
  JsonArray rows;
  data::Work work = [&](data::Session& session) -> Task<void> {
    rows = co_await rows_of(session, scope, "dataSourcesRoles", of_role(role, source));
  };
  co_await context.services.database.read(work);
  co_return data_body(rows.empty() ? Json(nullptr) : rows.front());
}

Task<std::string> list_strategies(Context& context) {
  const JsonObject layer{{"filter", JsonObject{{"dataSourceKey", source_key_of(context)}}}};
  context.params.merge(layer);
  context.route.resource = "dataSourcesRoles";
  context.route.association.clear();
  co_return co_await run_general(context, "list");
}

Task<std::string> update_strategy(Context& context) {
  const std::string role = role_of(context), source = source_key_of(context);
  const Json* given = json::find(body_object(context), "strategy");
  if (given && !given->is_null() && !given->is_object())
    throw bad_request("strategy must be an object {actions: […]}");
  JsonArray rows;
  auto run = [&](data::Session& session, const data::WriteScope& scope) -> Task<void> {
    const JsonArray roles = co_await rows_of(session, scope, "roles", {{"name", role}});
    if (roles.empty()) throw not_found("there is no role \"" + role + "\"");
    if (given) {
      co_await put_strategy(session, scope, role, source, *given);
      if (source == kMainSource) co_await strategy_to_role(session, scope, role, *given);
    }
    rows = co_await rows_of(session, scope, "dataSourcesRoles", of_role(role, source));
  };
  co_await run_in_transaction(context, run);
  co_return data_body(Json(std::move(rows)));
}

}  // namespace

Task<void> strategies_to_source(data::Session& session, const data::WriteScope& scope) {
  const std::string source(kMainSource);
  const JsonArray roles = co_await rows_of(session, scope, "roles", {});
  const JsonArray known = co_await rows_of(session, scope, "dataSourcesRoles", {{"dataSourceKey", source}});
  for (const Json& item : roles) {
    const JsonObject& role = item.as_object();
    const std::string name(json::text(role, "name"));
    const Json& strategy = role.at("strategy");
    Json there = nullptr;
    for (const Json& row : known) {
      if (json::text(row.as_object(), "roleName") == name) there = row.as_object().at("strategy");
    }
    if (there != strategy) co_await put_strategy(session, scope, name, source, strategy);
  }
}

Task<void> strategy_to_role(data::Session& session, const data::WriteScope& scope, const std::string& role,
                            const Json& strategy) {
  const data::NestedUpdates none;
  const JsonObject values{{"strategy", strategy}};
  co_await data::update_record(session, scope, scope.schema.collection("roles"), Json(role), values, none);
}

void register_role_source_actions(ActionRegistry& registry) {
  registry.add("dataSources.roles:get", Access::granted, get_strategy);
  registry.add("dataSources.roles:list", Access::granted, list_strategies);
  registry.add("dataSources.roles:update", Access::granted, update_strategy);
  registry.add("dataSources.roles:create", Access::granted, update_strategy);
}

}  // namespace flotilla::api
