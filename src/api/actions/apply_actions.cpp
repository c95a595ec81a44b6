#include <algorithm>

#include "api/actions/actions.hpp"
#include "api/actions/metadata_answers.hpp"
#include "api/envelope.hpp"
#include "api/services.hpp"
#include "base/error.hpp"

namespace flotilla::data {
std::string_view asset(std::string_view name);  // generated from assets/
}

namespace flotilla::api {
namespace {

/// What a field of an interface is by default: type, uiSchema and options, by name of the interface.
const JsonObject& interfaces() {
  static const JsonObject kInterfaces = json::parse(data::asset("interfaces.json")).as_object();
  return kInterfaces;
}

/// A field as `apply` takes it ({name, interface, title, …}) with all that its interface implies.
JsonObject field_of_interface(const JsonObject& given) {
  JsonObject out;
  JsonObject ui;
  const Json* preset = json::find(interfaces(), json::text(given, "interface"));
  if (!preset && !given.contains("type"))
    throw bad_request("field \"" + std::string(json::text(given, "name")) + "\": unknown interface \"" +
                      std::string(json::text(given, "interface")) + "\"");
  if (preset) {
    const JsonObject& known = preset->get_object();
    out["type"] = known.at("type");
    if (const Json* schema = json::find(known, "uiSchema")) ui = schema->as_object();
    if (const Json* title = json::find(known, "title")) ui["title"] = *title;
    if (const Json* options = json::find(known, "options")) json::merge(out, options->as_object());
  }
  for (const auto& [key, value] : given) {
    if (key == "title")
      ui["title"] = value;
    else if (key == "uiSchema" && value.is_object())
      json::merge(ui, value.get_object());
    else
      out[key] = value;
  }
  out["uiSchema"] = std::move(ui);
  return out;
}

constexpr std::pair<std::string_view, std::string_view> kSystemFields[] = {{"id", "snowflakeId"},
                                                                           {"createdAt", "createdAt"},
                                                                           {"createdBy", "createdBy"},
                                                                           {"updatedAt", "updatedAt"},
                                                                           {"updatedBy", "updatedBy"}};

JsonArray with_system_fields(const JsonArray& given) {
  JsonArray out;
  for (auto [name, interface] : kSystemFields) {
    const bool there = std::ranges::any_of(
        given, [&](const Json& f) { return f.is_object() && json::text(f.get_object(), "name") == name; });
    if (!there) out.push_back(field_of_interface({{"name", name}, {"interface", interface}}));
  }
  for (const Json& field : given) {
    if (!field.is_object()) throw bad_request("each of fields must be an object");
    out.push_back(field_of_interface(field.get_object()));
  }
  return out;
}

/// A field in the summary of what now stands: key columns of associations come behind them.
void add_summary(JsonArray& out, const JsonObject& field) {
  JsonObject row{
      {"name", field.at("name")}, {"interface", field.at("interface")}, {"type", field.at("type")}};
  const Json* ui = json::find(field, "uiSchema");
  if (ui && ui->is_object() && ui->get_object().contains("title"))
    row["title"] = ui->get_object().at("title");
  out.push_back(std::move(row));
  const std::string_view name = json::text(field, "name");
  if (name == "createdBy" || name == "updatedBy")
    out.push_back(JsonObject{{"name", std::string(name) + "Id"}, {"type", "context"}});
}

JsonObject verification(const JsonObject& collection, const std::vector<const JsonObject*>& fields) {
  JsonArray summary;
  auto creator = [](const JsonObject* f) {
    return json::text(*f, "type") == "belongsTo" &&
           (json::text(*f, "name") == "createdBy" || json::text(*f, "name") == "updatedBy");
  };
  auto first = [](const JsonObject* f) {
    return json::text(*f, "name") == "createdAt" || json::text(*f, "name") == "updatedAt" ||
           json::truthy(*f, "primaryKey");
  };
  for (const JsonObject* f : fields)
    if (first(f)) add_summary(summary, *f);
  for (const JsonObject* f : fields)
    if (!first(f) && !creator(f)) add_summary(summary, *f);
  for (const JsonObject* f : fields)
    if (creator(f)) add_summary(summary, *f);
  const Json* kind = json::find(collection, "template");
  return {{"valid", true},
          {"issues", JsonArray{}},
          {"data",
           {{"name", collection.at("name")},
            {"template", kind ? *kind : Json("general")},
            {"fields", std::move(summary)}}}};
}

/// Brings a collection to what the body describes: created when missing, else changed and given the fields it
/// lacks.
Task<std::string> apply_collection(Context& context) {
  if (!context.params.values.is_object()) throw bad_request("the body must be a JSON object");
  JsonObject given = context.params.values.get_object();
  const std::string name(json::text(given, "name"));
  if (name.empty()) throw bad_request("name is required");
  const Json* list = json::find(given, "fields");
  const JsonArray wanted = list && list->is_array() ? list->get_array() : JsonArray{};
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    if (!editor.metadata().collection(name)) {
      for (auto [key, value] : {std::pair<std::string_view, Json>{"template", "general"},
                                {"logging", true},
                                {"autoGenId", false},
                                {"titleField", "id"}}) {
        if (!given.contains(key)) given[key] = value;
      }
      given["fields"] = with_system_fields(wanted);
      co_await editor.create_collection(given, false);
      co_return;
    }
    JsonObject changes = given;
    changes.erase("fields");
    co_await editor.update_collection(name, changes);
    for (const Json& field : wanted) {
      if (!field.is_object()) throw bad_request("each of fields must be an object");
      const JsonObject full = field_of_interface(field.get_object());
      const bool there = co_await editor.update_field(name, json::text(full, "name"), full);
      if (!there) co_await editor.create_field(name, full);
    }
  });
  std::shared_ptr<const data::Metadata> after = context.services.model.metadata();
  const JsonObject& row = row_of(*after, name);
  JsonObject answer{{"data", collection_answer(context, *after, row, true)},
                    {"verify", verification(row, ordered_fields(*after, name))}};
  co_return data_body(Json(std::move(answer)));
}

Task<std::string> apply_field(Context& context) {
  if (!context.params.values.is_object()) throw bad_request("the body must be a JSON object");
  JsonObject given = context.params.values.get_object();
  const std::string owner(json::text(given, "collectionName")), name(json::text(given, "name"));
  if (owner.empty() || name.empty()) throw bad_request("collectionName and name are required");
  given.erase("collectionName");
  const JsonObject full = field_of_interface(given);
  co_await change_metadata(context, [&](data::MetadataEditor& editor) -> Task<void> {
    const bool there = co_await editor.update_field(owner, name, full);
    if (!there) co_await editor.create_field(owner, full);
  });
  std::shared_ptr<const data::Metadata> after = context.services.model.metadata();
  const JsonObject* row = after->field(owner, name);
  if (!row) throw conflict("field \"" + name + "\" was removed meanwhile");
  co_return data_body(JsonObject{{"data", data::shown_field(*row)}});
}

}  // namespace

void register_apply_actions(ActionRegistry& registry) {
  registry.add("collections:apply", Access::granted, apply_collection);
  registry.add("fields:apply", Access::granted, apply_field);
}

}  // namespace flotilla::api
