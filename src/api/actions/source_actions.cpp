#include "api/actions/system_actions.hpp"
#include "api/services.hpp"
#include "base/error.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kMainSource = "main";

/// The main source is loaded whenever this server answers; rows of others, from a database that another
/// server wrote, are shown but not served.
void add_status(JsonObject& source) {
  const bool main = json::text(source, "key") == kMainSource;
  source["status"] = main ? "loaded" : "loading-failed";
}

/// The status is told by the key, so the key is always read.
Task<std::string> sources(Context& context, std::string_view action) {
  if (context.params.fields && !context.params.fields->empty()) context.params.fields->emplace_back("key");
  context.params.except.clear();
  co_return co_await run_general_changed(context, action, add_status);
}

/// `dataSources/main/collections:list`: the collections of the main source with their fields.
Task<std::string> source_collections(Context& context) {
  if (context.route.source_id != kMainSource)
    throw not_found("there is no data source \"" + context.route.source_id + "\"");
  const Action* list = context.services.actions.find("collections", "listMeta", false);
  if (!list) throw not_found();
  co_return co_await list->run(context);
}

/// No sources beside the main one, and no views that could become collections.
Task<std::string> empty_list(Context&) { co_return R"({"data":[]})"; }

/// Fields are written together with their columns, so there is nothing to bring in line.
Task<std::string> nothing_to_do(Context&) { co_return "{}"; }

}  // namespace

void register_source_actions(ActionRegistry& registry) {
  registry.add("dataSources:list", Access::granted,
               [](Context& context) { return sources(context, "list"); });
  registry.add("dataSources:get", Access::granted, [](Context& context) { return sources(context, "get"); });
  registry.add("dataSources:listEnabled", Access::signed_in, empty_list);
  registry.add("dataSources.collections:list", Access::granted, source_collections);
  registry.add("dbViews:list", Access::granted, empty_list);
  registry.add("mainDataSource:syncFields", Access::granted, nothing_to_do);
}

}  // namespace flotilla::api
