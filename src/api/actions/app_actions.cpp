#include "api/actions/auth_support.hpp"
#include "api/actions/language.hpp"
#include "api/actions/system_actions.hpp"
#include "api/envelope.hpp"

namespace flotilla::api {

std::string_view asset(std::string_view name);  // generated from assets/

namespace {

/// The version of NocoBase whose HTTP API is spoken: clients choose their behaviour by it.
constexpr std::string_view kApiVersion = "2.2.15";
constexpr std::string_view kAppName = "main";

Task<std::string> language_of(const Context& context) {
  const JsonObject settings = co_await read_system_settings(context);
  const JsonObject* user = context.identity.user.get();
  const std::string_view of_user = user ? json::text(*user, "appLang") : std::string_view();
  co_return choose_language(json::find(settings, "enabledLanguages"), context.params.text("locale"), of_user,
                            context.services.settings.lang);
}

Task<std::string> get_info(Context& context) {
  JsonObject info{{"database", {{"dialect", context.services.database.dialect().name()}}},
                  {"version", kApiVersion}};
  info["lang"] = co_await language_of(context);
  info["name"] = kAppName;
  info["theme"] = "default";
  co_return data_body(Json(std::move(info)));
}

/// Texts are the client's own; this server adds none.
Task<std::string> get_language(Context& context) {
  JsonObject answer{{"resources", JsonObject()},
                    {"antd", JsonObject()},
                    {"cron", JsonObject()},
                    {"cronstrue", JsonObject()}};
  answer["lang"] = co_await language_of(context);
  co_return data_body(Json(std::move(answer)));
}

Task<std::string> clear_cache(Context& context) {
  co_await context.services.authenticator.catch_up();
  co_return "{}";
}

/// All that this process keeps of the database is read again: the use of a restart, without its pause.
Task<std::string> refresh(Context& context) {
  co_await context.services.model.reload();
  co_await context.services.authenticator.catch_up();
  co_return "{}";
}

Task<std::string> available_actions(Context&) {
  static const std::string kBody = data_body(json::parse(asset("available_actions.json")));
  co_return kBody;
}

/// Browsers offer their log lines; none are kept, so that a client cannot fill the server's log.
Task<std::string> collect_log(Context&) { co_return "{}"; }

}  // namespace

void register_app_actions(ActionRegistry& registry) {
  registry.add("app:getInfo", Access::open, get_info);
  registry.add("app:getLang", Access::open, get_language);
  registry.add("app:clearCache", Access::granted, clear_cache);
  registry.add("app:refresh", Access::granted, refresh);
  registry.add("app:restart", Access::granted, refresh);
  registry.add("availableActions:list", Access::signed_in, available_actions);
  registry.add("logger:collect", Access::signed_in, collect_log);
}

}  // namespace flotilla::api
