#include "api/actions/actions.hpp"
#include "api/actions/metadata_answers.hpp"
#include "api/envelope.hpp"
#include "api/services.hpp"
#include "base/error.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {

std::string_view asset(std::string_view name);  // generated from assets/

namespace {

/// The version of NocoBase whose HTTP API is spoken: clients choose their behaviour by it.
constexpr std::string_view kApiVersion = "2.2.15";
constexpr std::int64_t kSettingsRow = 1;

/// Language of an answer: the query's locale, the X-Locale header, the server's own.
std::string language_of(const Context& context) {
  std::string given = context.params.text("locale");
  if (given.empty()) given = context.request.headers.get("X-Locale");
  return given.empty() ? context.services.settings.lang : given;
}

Task<std::string> app_info(Context& context) {
  co_return data_body(JsonObject{{"database", {{"dialect", context.services.database.dialect().name()}}},
                                 {"version", kApiVersion}, {"lang", language_of(context)}, {"name", "main"}, {"theme", "default"}});
}

/// Texts are the client's own; this server adds none.
Task<std::string> app_language(Context& context) {
  co_return data_body(JsonObject{{"lang", language_of(context)}, {"resources", JsonObject{}}, {"antd", JsonObject{}}, {"cron", JsonObject{}}, {"cronstrue", JsonObject{}}});
}

Task<std::string> empty_list(Context&) { co_return R"({"data":[]})"; }

Task<std::string> available_actions(Context&) {
  static const std::string kBody = data_body(json::parse(asset("available_actions.json")));
  co_return kBody;
}

/// Row 1 of systemSettings with its logo, as one document.
Task<Json> read_settings(Context& context) {
  const data::Collection& c = context.schema->collection("systemSettings");
  const data::RequestScope scope = context.scope();
  data::ListRequest request;
  request.keys = kSettingsRow;
  request.selection.appends = {"logo"};
  std::string body;
  data::Work work = [&](data::Session& session) -> Task<void> {
    JsonWriter out(body);
    out.begin_object();
    co_await data::get(session, scope, c, nullptr, request, out);
    out.end_object();
  };
  co_await context.services.database.read(work);
  Json settings = json::parse(body).as_object().at("data");
  if (settings.is_object()) settings.get_object()["raw_title"] = settings.get_object()["title"];
  co_return settings;
}

Task<std::string> get_settings(Context& context) { co_return data_body(co_await read_settings(context)); }

Task<std::string> put_settings(Context& context) {
  if (!context.params.values.is_object()) throw bad_request("the body must be a JSON object");
  JsonObject values = context.params.values.get_object();
  if (const Json* title = json::find(values, "raw_title")) values["title"] = *title;
  values.erase("raw_title");
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  data::Work work = [&](data::Session& session) -> Task<void> {
    data::NestedUpdates none;
    co_await data::update_record(session, writing, context.schema->collection("systemSettings"), kSettingsRow, values, none);
  };
  co_await context.services.database.write(work);
  co_return data_body(co_await read_settings(context));
}

/// The main source is the only one, and it is there whenever this server answers.
Task<std::string> with_status(Context& context, std::string_view action) {
  const Action* general = context.services.actions.find("*", action, true);
  Json answer = json::parse(co_await general->run(context));
  Json& data = answer.get_object()["data"];
  auto mark = [](Json& source) {
    if (source.is_object()) source.get_object()["status"] = "loaded";
  };
  if (data.is_array()) {
    for (Json& source : data.get_array()) mark(source);
  } else {
    mark(data);
  }
  co_return json::dump(answer);
}

/// `dataSources/main/collections:list`: the collections of the main source with their fields.
Task<std::string> source_collections(Context& context) {
  if (context.route.source_id != "main") throw Error(404, "there is no data source \"" + context.route.source_id + "\"");
  const Action* list = context.services.actions.find("collections", "listMeta", true);
  co_return co_await list->run(context);
}

/// Fields are written with the columns they describe, so there is nothing to bring in line.
Task<std::string> nothing_to_do(Context&) { co_return "{}"; }

}  // namespace

void register_system_actions(ActionRegistry& registry) {
  registry.add("app:getInfo", Access::open, app_info);
  registry.add("app:getLang", Access::open, app_language);
  registry.add("app:clearCache", Access::granted, nothing_to_do);
  registry.add("pm:listEnabled", Access::open, empty_list);
  registry.add("pm:listEnabledV2", Access::open, empty_list);
  registry.add("pm:list", Access::granted, empty_list);
  registry.add("systemSettings:get", Access::open, get_settings);
  registry.add("systemSettings:put", Access::granted, put_settings);
  registry.add("themeConfig:list", Access::open, registry.find("*", "list", true)->run);
  registry.add("dataSources:list", Access::granted, [](Context& context) { return with_status(context, "list"); });
  registry.add("dataSources:get", Access::granted, [](Context& context) { return with_status(context, "get"); });
  registry.add("dataSources:listEnabled", Access::signed_in, empty_list);
  registry.add("dataSources.collections:list", Access::granted, source_collections);
  registry.add("dbViews:list", Access::granted, empty_list);
  registry.add("mainDataSource:syncFields", Access::granted, nothing_to_do);
  registry.add("availableActions:list", Access::signed_in, available_actions);
}

}  // namespace flotilla::api
