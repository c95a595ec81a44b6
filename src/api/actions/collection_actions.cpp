#include "api/actions/actions.hpp"
#include "api/actions/metadata_answers.hpp"
#include "api/commit.hpp"
#include "api/envelope.hpp"
#include "api/services.hpp"
#include "base/error.hpp"
#include "data/write/links.hpp"
#include "data/write/move.hpp"

namespace flotilla::api {

void register_field_actions(ActionRegistry& registry);  // field_actions.cpp
void register_apply_actions(ActionRegistry& registry);  // apply_actions.cpp

namespace {

const JsonObject& body_object(const Context& context) {
  if (context.params.values.is_object()) return context.params.values.get_object();
  throw bad_request("the body must be a JSON object");
}

/// Categories of a collection, through the table collectionCategory.
Task<Json> categories_of(Context& context, std::string_view name) {
  const data::Collection& c = context.schema->collection("collections");
  const data::RequestScope scope = context.scope();
  data::ListRequest request;
  request.keys = Json(name);
  request.selection.fields = std::vector<std::string>{"name"};
  request.selection.appends = {"category"};
  std::string body;
  data::Work work = [&](data::Session& session) -> Task<void> {
    JsonWriter out(body);
    out.begin_object();
    co_await data::get(session, scope, c, nullptr, request, out);
    out.end_object();
  };
  co_await context.services.database.read(work);
  const Json answer = json::parse(body);
  const Json& data = answer.as_object().at("data");
  const Json* category = data.is_object() ? json::find(data.get_object(), "category") : nullptr;
  co_return category ? *category : Json(JsonArray{});
}

Task<JsonArray> rows_of(Context& context, const ChosenRows& chosen) {
  std::shared_ptr<const data::Metadata> metadata = context.services.model.metadata();
  JsonArray rows;
  for (const std::string& name : chosen.values) {
    const JsonObject* row = metadata->collection(name);
    if (!row) continue;
    JsonObject answer = collection_answer(context, *metadata, *row, appends(context, "fields"));
    if (appends(context, "category")) answer["category"] = co_await categories_of(context, name);
    keep_fields(context, answer);
    rows.push_back(std::move(answer));
  }
  co_return rows;
}

Task<std::string> run_list(Context& context) {
  ChosenRows chosen = co_await choose_rows(context, "collections", "name", {}, false);
  JsonArray rows = co_await rows_of(context, chosen);
  co_return list_body(context, std::move(rows), chosen.count);
}

Task<std::string> run_get(Context& context) {
  ChosenRows chosen = co_await choose_rows(context, "collections", "name", {}, true);
  JsonArray rows = co_await rows_of(context, chosen);
  co_return data_body(rows.empty() ? Json(nullptr) : rows.front());
}

/// A field in the answer of listMeta. Creator columns of built-in collections come in the short form in which
/// the peer has them: it shows them as they are defined in code.
JsonObject meta_field(const JsonObject& field, bool short_form) {
  JsonObject shown = data::shown_field(field);
  if (short_form) {
    for (std::string_view key :
         {"key", "collectionName", "interface", "description", "parentKey", "reverseKey"})
      shown.erase(key);
  } else {
    shown["__sort"] = field.contains("sort") ? field.at("sort") : Json(nullptr);
  }
  return shown;
}

Task<std::string> run_list_meta(Context& context) {
  std::shared_ptr<const data::Metadata> metadata = context.services.model.metadata();
  JsonArray rows;
  for (const JsonObject& row : metadata->collections) {
    const bool built_in = json::text(row, "from") == "db2cm";
    JsonObject answer = data::shown_collection(row, *context.schema);
    answer["sort"] = row.contains("sort") ? row.at("sort") : Json(nullptr);
    answer["loadedFromCollectionManager"] = true;
    // The peer joins what code and table say of a built-in collection, list by list.
    if (Json* rules = answer.if_contains("migrationRules"); built_in && rules && rules->is_array()) {
      const JsonArray stored = rules->get_array();
      for (const Json& rule : stored) rules->get_array().push_back(rule);
    }
    JsonArray fields, creators;
    for (const JsonObject* field : ordered_fields(*metadata, json::text(row, "name"))) {
      const bool creator = built_in && json::text(*field, "type") == "context";
      (creator ? creators : fields).push_back(meta_field(*field, creator));
    }
    for (Json& creator : creators) fields.push_back(std::move(creator));
    answer["fields"] = std::move(fields);
    rows.push_back(std::move(answer));
  }
  co_return data_body(Json(std::move(rows)));
}

Task<std::string> run_create(Context& context) {
  JsonObject created;
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    created = co_await editor.create_collection(body_object(context));
  });
  co_return data_body(Json(std::move(created)));
}

/// `category: [ids]` in an update links categories.
Task<void> set_categories(Context& context, const std::string& name, const Json& given) {
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  const data::Field& field = context.schema->collection("collections").field("category");
  data::Work work = [&](data::Session& session) -> Task<void> {
    std::vector<data::ThroughLink> links;
    const data::Collection& categories = *context.schema->target(field);
    for (const Json& item : given.is_array() ? given.get_array() : JsonArray{}) {
      const Json* id = item.is_object() ? json::find(item.get_object(), "id") : &item;
      if (!id || id->is_null()) continue;
      std::optional<Json> key =
          co_await data::find_key(session, writing, categories, field.association.target_key, *id);
      if (key) links.push_back({*key, {}});
    }
    const Json own = row_of(*context.services.model.metadata(), name).at(field.association.source_key);
    co_await data::set_through_links(session, writing, field, own, links, true);
  };
  co_await commit(context, work);
}

Task<std::string> run_update(Context& context) {
  ChosenRows chosen = co_await choose_rows(context, "collections", "name", {}, false);
  const JsonObject& changes = body_object(context);
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    for (const std::string& name : chosen.values) co_await editor.update_collection(name, changes);
  });
  const Json* category = json::find(changes, "category");
  std::shared_ptr<const data::Metadata> metadata = context.services.model.metadata();
  JsonArray rows;
  for (const std::string& name : chosen.values) {
    if (category) co_await set_categories(context, name, *category);
    JsonObject answer = collection_answer(context, *metadata, row_of(*metadata, name), false);
    if (category) answer["category"] = co_await categories_of(context, name);
    rows.push_back(std::move(answer));
  }
  co_return data_body(Json(std::move(rows)));
}

Task<std::string> run_destroy(Context& context) {
  ChosenRows chosen = co_await choose_rows(context, "collections", "name", {}, false);
  for (const std::string& name : chosen.values) {
    if (name == "users" || name == "roles") throw forbidden();
  }
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    const bool cascade = context.params.flag("cascade");
    for (const std::string& name : chosen.values) co_await editor.destroy_collection(name, cascade);
  });
  co_return data_body(Json(chosen.count));
}

Task<std::string> run_set_fields(Context& context) {
  const std::string name = json::to_text(context.params.filter_by_tk);
  const Json* fields = json::find(body_object(context), "fields");
  if (!fields || !fields->is_array()) throw bad_request("fields must be a list");
  if (!context.services.model.metadata()->collection(name))
    throw Error(404, "there is no collection \"" + name + "\"");
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    co_await editor.set_fields(name, fields->get_array());
  });
  co_return "{}";
}

/// The order of collections is data of the metadata table.
Task<std::string> run_move(Context& context) {
  data::MoveRequest request;
  auto param = [&](std::string_view name) {
    const Json* value = context.params.find(name);
    return value ? *value : Json(nullptr);
  };
  request.source_id = param("sourceId");
  request.target_id = param("targetId");
  request.sticky = context.params.flag("sticky");
  request.insert_after = context.params.text("method") == "insertAfter";
  const data::RequestScope scope = context.scope();
  const data::WriteScope writing = write_scope(context, scope);
  const data::Collection& c = context.schema->collection(context.route.resource);
  co_await commit_schema(
      context, [&](data::Session& session, const data::Schema&, const data::Metadata&) -> Task<void> {
        co_await data::move_record(session, writing, c, request);
      });
  co_return R"({"data":"ok"})";
}

}  // namespace

void register_collection_actions(ActionRegistry& registry) {
  registry.add("collections:list", Access::signed_in, run_list);
  registry.add("collections:get", Access::granted, run_get);
  registry.add("collections:listMeta", Access::signed_in, run_list_meta);
  registry.add("collections:create", Access::granted, run_create);
  registry.add("collections:update", Access::granted, run_update);
  registry.add("collections:destroy", Access::granted, run_destroy);
  registry.add("collections:setFields", Access::granted, run_set_fields);
  registry.add("collections:move", Access::granted, run_move);
  registry.add("fields:move", Access::granted, run_move);
  register_field_actions(registry);
  register_apply_actions(registry);
}

}  // namespace flotilla::api
