#include "api/actions/authenticator_actions.hpp"

#include <algorithm>

#include "api/actions/auth_support.hpp"
#include "api/cookies.hpp"
#include "api/envelope.hpp"
#include "api/session_cookies.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kPasswordTitle = R"({{t("Password", {"ns":"@nocobase/plugin-auth"})}})";

Task<JsonArray> enabled_authenticators(const Context& context) {
  data::ListRequest request;
  request.paginate = false;
  request.sort = {"sort"};
  JsonArray rows = co_await read_collection(context, "authenticators", request);
  JsonArray enabled;
  for (Json& row : rows) {
    if (json::truthy(row.as_object(), "enabled")) enabled.push_back(std::move(row));
  }
  co_return enabled;
}

Task<std::string> public_list(Context& context) {
  JsonArray rows = co_await enabled_authenticators(context);
  JsonArray shown;
  for (const Json& item : rows) {
    const JsonObject& row = item.as_object();
    const bool password = json::text(row, "authType") == kPasswordAuthType;
    JsonObject entry;
    for (std::string_view name : {"name", "authType", "title"}) entry[name] = row.at(name);
    entry["authTypeTitle"] = password ? kPasswordTitle : json::text(row, "authType");
    entry["options"] = public_options(context, row);
    shown.push_back(std::move(entry));
  }
  co_return data_body(shown);
}

Task<std::string> list_types(Context&) {
  JsonObject type{{"name", kPasswordAuthType}, {"title", kPasswordTitle}};
  co_return data_body(JsonArray{std::move(type)});
}

/// Throws when no enabled authenticator would be left beside those that the request addresses.
Task<void> keep_one_enabled(const Context& context) {
  data::ListRequest addressed;
  addressed.paginate = false;
  if (const JsonObject* filter = context.params.checked_filter()) addressed.filter = *filter;
  if (!context.params.filter_by_tk.is_null()) addressed.keys = context.params.filter_by_tk;
  const JsonArray going = co_await read_collection(context, "authenticators", addressed);
  const JsonArray enabled = co_await enabled_authenticators(context);
  auto stays = [&](const Json& row) {
    const Json& id = row.as_object().at("id");
    return std::ranges::none_of(going, [&](const Json& other) { return other.as_object().at("id") == id; });
  };
  const bool touched = std::ranges::any_of(enabled, [&](const Json& row) { return !stays(row); });
  if (touched && std::ranges::none_of(enabled, stays))
    throw bad_request("Please keep and enable at least one authenticator");
}

Task<std::string> destroy_authenticators(Context& context) {
  co_await keep_one_enabled(context);
  co_return co_await run_general(context, "destroy");
}

Task<std::string> update_authenticators(Context& context) {
  bool disables = false;
  each_record(context, [&](JsonObject& record) {
    const Json* enabled = json::find(record, "enabled");
    disables |= enabled && !json::truthy(*enabled);
  });
  if (disables) co_await keep_one_enabled(context);
  co_return co_await run_general(context, "update");
}

Task<std::string> update_policy(Context& context) {
  each_record(context, [&](JsonObject& record) {
    const Json* config = json::find(record, "config");
    if (!config || config->is_null()) return;
    if (!config->is_object()) throw bad_request("config must be an object of durations");
    auth::read_token_policy(config->get_object());  // refuses what no session could live under
  });
  std::string body = co_await run_general(context, "update");
  co_return body;
}

}  // namespace

Task<JsonObject> requested_authenticator(const Context& context) {
  std::string name(context.request.headers.get("X-Authenticator"));
  if (name.empty())
    name = find_cookie(context.request.headers.get("Cookie"), authenticator_cookie_name()).value_or("");
  JsonArray rows = co_await enabled_authenticators(context);
  if (rows.empty()) throw not_found("No authenticator is enabled");
  auto named = std::ranges::find_if(
      rows, [&](const Json& row) { return json::text(row.as_object(), "name") == name; });
  Json& chosen = named == rows.end() ? rows.front() : *named;
  co_return std::move(chosen.as_object());
}

JsonObject public_options(const Context& context, const JsonObject& authenticator) {
  const Json* options = json::find(authenticator, "options");
  const Json* open = options && options->is_object() ? json::find(options->get_object(), "public") : nullptr;
  JsonObject out = open && open->is_object() ? open->get_object() : JsonObject();
  if (json::text(authenticator, "authType") != kPasswordAuthType) return out;

  JsonArray items;
  bool identifies = false;  // somebody who signs up must be able to sign in
  if (const Json* form = json::find(out, "signupForm"); form && form->is_array()) {
    for (const Json& item : form->get_array()) {
      if (!item.is_object() || !json::truthy(item.get_object(), "show")) continue;
      const std::string_view field = json::text(item.get_object(), "field");
      identifies |= (field == "username" || field == "email") && json::truthy(item.get_object(), "required");
      items.push_back(item);
    }
  }
  if (!identifies) {
    JsonObject username{{"field", "username"}, {"show", true}, {"required", true}};
    items.insert(items.begin(), std::move(username));
  }
  const data::Collection& users = context.schema->collection("users");
  for (Json& item : items) {
    JsonObject& entry = item.as_object();
    const data::Field* field = users.find(json::text(entry, "field"));
    const Json* schema = field ? field->option("uiSchema") : nullptr;
    JsonObject ui = schema && schema->is_object() ? schema->get_object() : JsonObject();
    ui["required"] = json::truthy(entry, "required");
    entry["uiSchema"] = std::move(ui);
  }
  out["signupForm"] = std::move(items);
  return out;
}

void register_authenticator_actions(ActionRegistry& registry) {
  registry.add("authenticators:publicList", Access::open, public_list);
  registry.add("authenticators:listTypes", Access::granted, list_types);
  registry.add("authenticators:update", Access::granted, update_authenticators);
  registry.add("authenticators:destroy", Access::granted, destroy_authenticators);
  registry.add("tokenControlConfig:update", Access::granted, update_policy);
}

}  // namespace flotilla::api
