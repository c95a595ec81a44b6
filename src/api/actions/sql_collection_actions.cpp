// sqlCollection: trying the query of an SQL collection, and changing it together with its fields.
#include <algorithm>

#include "api/actions/actions.hpp"
#include "api/actions/metadata_answers.hpp"
#include "api/actions/view_rows.hpp"
#include "api/envelope.hpp"
#include "api/services.hpp"
#include "base/error.hpp"
#include "data/model/table_import.hpp"
#include "data/sql/select_text.hpp"

namespace flotilla::api {
namespace {

constexpr std::int64_t kPreviewRows = 5;

const JsonObject& body_object(const Context& context) {
  if (context.params.values.is_object()) return context.params.values.get_object();
  throw bad_request("the body must be a JSON object");
}

/// `{data: the first rows, fields: {name: {type, source, collection, interface}}, sources}`.
Task<std::string> run_execute(Context& context) {
  const std::string select = data::sql::checked_select(json::text(body_object(context), "sql"));
  JsonArray rows;
  std::vector<std::string> columns;
  data::Work work = [&](data::Session& session) -> Task<void> {
    rows = co_await rows_of_relation(session, data::sql::Relation("t", select), kPreviewRows, 0, &columns);
  };
  co_await context.services.database.read(work);
  JsonObject fields;
  JsonArray sources;
  for (JsonObject& field : data::fields_of_query(columns, select, *context.schema)) {
    const Json* of = json::find(field, "collection");
    if (of && std::ranges::find(sources, *of) == sources.end()) sources.push_back(*of);
    const std::string name(json::text(field, "name"));
    for (std::string_view key : {"name", "field"}) field.erase(key);
    fields[name] = std::move(field);
  }
  co_return data_body(
      JsonObject{{"data", std::move(rows)}, {"fields", std::move(fields)}, {"sources", std::move(sources)}});
}

std::string addressed(const Context& context) {
  const std::string name = json::to_text(context.params.filter_by_tk);
  std::shared_ptr<const data::Metadata> metadata = context.services.model.metadata();
  const JsonObject* row = metadata->collection(name);
  if (!row) throw Error(404, "there is no collection \"" + name + "\"");
  if (json::text(*row, "sql").empty()) throw bad_request("\"" + name + "\" is not an SQL collection");
  return name;
}

/// The query, further options and exactly the given fields, in one change.
Task<std::string> change(Context& context) {
  const std::string name = addressed(context);
  const JsonObject& changes = body_object(context);
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    co_await editor.update_collection(name, changes);
  });
  std::shared_ptr<const data::Metadata> metadata = context.services.model.metadata();
  JsonArray rows{collection_answer(context, *metadata, row_of(*metadata, name), false)};
  co_return data_body(Json(std::move(rows)));
}

Task<std::string> run_set_fields(Context& context) {
  if (const Json* fields = json::find(body_object(context), "fields"); !fields || !fields->is_array())
    throw bad_request("fields must be a list");
  co_await change(context);
  co_return "{}";
}

}  // namespace

void register_sql_collection_actions(ActionRegistry& registry) {
  registry.add("sqlCollection:execute", Access::granted, run_execute);
  registry.add("sqlCollection:setFields", Access::granted, run_set_fields);
  registry.add("sqlCollection:update", Access::granted, change);
}

}  // namespace flotilla::api
