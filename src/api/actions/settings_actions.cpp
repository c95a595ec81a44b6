#include "api/actions/auth_support.hpp"
#include "api/actions/system_actions.hpp"
#include "api/actions/target.hpp"
#include "api/commit.hpp"
#include "api/envelope.hpp"
#include "base/error.hpp"
#include "data/write/save.hpp"

namespace flotilla::api {
namespace {

/// The one row of systemSettings with its logo. `title` is what is shown, `raw_title` what is stored.
Task<JsonObject> read_settings(const Context& context) {
  data::ListRequest request;
  request.sort = {"id"};
  request.page_size = 1;
  request.selection.appends = {"logo"};
  JsonArray rows = co_await read_collection(context, "systemSettings", request);
  if (rows.empty()) throw not_found("the table systemSettings is empty");
  JsonObject settings = std::move(rows.front().as_object());
  settings["raw_title"] = settings["title"];
  co_return settings;
}

Task<std::string> get_settings(Context& context) {
  co_return data_body(Json(co_await read_settings(context)));
}

Task<std::string> put_settings(Context& context) {
  if (!context.params.values.is_object()) throw bad_request("the body must be a JSON object");
  JsonObject values = context.params.values.get_object();
  // A client sends back the title as it was shown; writing it would replace the stored text it was made from.
  values.erase("title");
  if (const Json* stored = json::find(values, "raw_title")) {
    if (!stored->is_string() && !stored->is_null()) throw bad_request("raw_title must be a text");
    values["title"] = *stored;
    values.erase("raw_title");
  }
  values.erase("id");
  const JsonObject before = co_await read_settings(context);
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  const data::Collection& c = context.schema->collection("systemSettings");
  data::Work work = [&](data::Session& session) -> Task<void> {
    const data::NestedUpdates none;
    co_await data::update_record(session, writing, c, before.at("id"), values, none);
  };
  co_await commit(context, work);
  co_return data_body(Json(co_await read_settings(context)));
}

void hide_secret(JsonObject& variable) {
  if (json::text(variable, "type") == "secret") variable.stable_erase("value");
}

/// Whether a variable is secret must be known to hide its value, so no field can be left out.
void want_all_fields(Context& context) {
  context.params.fields.reset();
  context.params.except.clear();
}

/// Never in pages. `updated` tells that a restart is needed for a change to count, which is never so here.
Task<std::string> list_variables(Context& context) {
  want_all_fields(context);
  context.params.others["paginate"] = false;
  Json answer = json::parse(co_await run_general_changed(context, "list", hide_secret));
  co_return data_body(answer.as_object().at("data"), JsonObject{{"updated", false}});
}

Task<std::string> get_variable(Context& context) {
  want_all_fields(context);
  co_return co_await run_general_changed(context, "get", hide_secret);
}

}  // namespace

void register_settings_actions(ActionRegistry& registry) {
  registry.add("systemSettings:get", Access::open, get_settings);
  registry.add("systemSettings:put", Access::granted, put_settings);
  registry.add("environmentVariables:list", Access::granted, list_variables);
  registry.add("environmentVariables:get", Access::granted, get_variable);
}

}  // namespace flotilla::api
