#include <algorithm>

#include "api/actions/actions.hpp"
#include "api/actions/metadata_answers.hpp"
#include "api/actions/system_actions.hpp"
#include "api/envelope.hpp"
#include "api/services.hpp"
#include "base/error.hpp"
#include "data/model/table_import.hpp"

namespace flotilla::api {

void register_view_actions(ActionRegistry& registry);            // view_actions.cpp
void register_sql_collection_actions(ActionRegistry& registry);  // sql_collection_actions.cpp

namespace {

std::vector<std::string> names_in(const Json& given, std::string_view what) {
  std::vector<std::string> out;
  const JsonArray* list = given.if_array();
  for (const Json& name : list ? *list : JsonArray{}) {
    if (!name.is_string()) throw bad_request(std::string(what) + " must be a list of names");
    out.emplace_back(std::string_view(name.get_string()));
  }
  if (!list) throw bad_request(std::string(what) + " must be a list of names");
  return out;
}

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

/// No sources beside the main one.
Task<std::string> empty_list(Context&) { co_return R"({"data":[]})"; }

/// Reads the metadata anew, on all nodes, and makes what they say and the tables lack.
Task<std::string> run_refresh(Context& context) {
  co_await change_metadata(context, [](data::MetadataEditor&) -> Task<void> { co_return; });
  co_return "{}";
}

/// Collections that somebody made through the API and that have a table of their own.
std::vector<std::string> with_tables(const data::Schema& schema) {
  std::vector<std::string> out;
  for (const auto& [name, c] : schema.collections()) {
    const bool built_in = json::text(c.options, "from") == "db2cm";
    if (c.from_metadata && !built_in && c.query.empty()) out.push_back(name);
  }
  return out;
}

Task<std::string> run_sync_fields(Context& context) {
  std::vector<std::string> named;
  if (context.params.values.is_object()) {
    const Json* given = json::find(context.params.values.get_object(), "collections");
    if (given && !given->is_null()) named = names_in(*given, "collections");
  }
  co_await adopt_metadata(
      context,
      [&](data::Session& session, const data::Schema& schema, data::MetadataEditor& editor) -> Task<void> {
        for (const std::string& name : with_tables(schema)) {
          const bool wanted = named.empty() || std::ranges::find(named, name) != named.end();
          if (wanted) co_await data::sync_fields(session, editor, schema.collection(name));
        }
      });
  co_return "{}";
}

void check_main(const JsonObject& values) {
  const std::string_view key = json::text(values, "dataSourceKey", kMainSource);
  if (key != kMainSource || values.contains("dbOptions"))
    throw bad_request("there is no data source \"" + std::string(key) + "\" to read tables from");
}

const JsonObject& given_values(const Context& context) {
  static const JsonObject kNone;
  return context.params.values.is_object() ? context.params.values.get_object() : kNone;
}

/// Tables that are in the database and that no collection stands for.
Task<std::string> run_read_tables(Context& context) {
  check_main(given_values(context));
  JsonArray rows;
  data::Work work = [&](data::Session& session) -> Task<void> {
    rows.clear();
    for (const std::string& table : co_await data::unclaimed_tables(session, *context.schema))
      rows.push_back(JsonObject{{"name", table}});
  };
  co_await context.services.database.read(work);
  co_return data_body(Json(std::move(rows)));
}

/// Makes collections of such tables, which stay as they are.
Task<std::string> run_load_tables(Context& context) {
  const JsonObject& values = given_values(context);
  check_main(values);
  const Json* given = json::find(values, "tables");
  if (!given) throw bad_request("tables must be a list of names");
  const std::vector<std::string> tables = names_in(*given, "tables");
  co_await adopt_metadata(
      context,
      [&](data::Session& session, const data::Schema& schema, data::MetadataEditor& editor) -> Task<void> {
        const std::vector<std::string> there = co_await data::unclaimed_tables(session, schema);
        for (const std::string& table : tables) {
          if (std::ranges::find(there, table) == there.end())
            throw bad_request("there is no table \"" + table + "\" that could become a collection");
          const JsonObject definition = co_await data::collection_of_table(session, table);
          co_await editor.create_collection(definition, false);
        }
      });
  co_return "{}";
}

}  // namespace

void register_source_actions(ActionRegistry& registry) {
  registry.add("dataSources:list", Access::granted,
               [](Context& context) { return sources(context, "list"); });
  registry.add("dataSources:get", Access::granted, [](Context& context) { return sources(context, "get"); });
  registry.add("dataSources:listEnabled", Access::signed_in, empty_list);
  registry.add("dataSources.collections:list", Access::granted, source_collections);
  registry.add("dataSources:readTables", Access::granted, run_read_tables);
  registry.add("dataSources:loadTables", Access::granted, run_load_tables);
  registry.add("mainDataSource:refresh", Access::granted, run_refresh);
  registry.add("mainDataSource:syncFields", Access::granted, run_sync_fields);
  register_view_actions(registry);
  register_sql_collection_actions(registry);
}

}  // namespace flotilla::api
