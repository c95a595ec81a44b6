#include "data/model/definition.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/value/sequence.hpp"

namespace flotilla::data {
namespace {

void set_missing(JsonObject& object, std::string_view key, Json value) {
  const Json* have = json::find(object, key);
  if (!have) object[key] = std::move(value);
}

void set_blank(JsonObject& object, std::string_view key, Json value) {
  const Json* have = json::find(object, key);
  if (!have || have->is_null() || (have->is_string() && have->get_string().empty()))
    object[key] = std::move(value);
}

std::string text_member(const JsonObject& object, std::string_view key) {
  return std::string(json::text(object, key));
}

std::string sort_field_name(const JsonObject& has_many) {
  return text_member(has_many, "foreignKey") + "Sort";
}

/// Keys of an association that a caller may leave out.
void complete_association(JsonObject& field, FieldType type, const Collection* owner, const Schema& schema,
                          Random& random) {
  auto primary_of = [](const Collection* c) {
    const Field* key = c ? c->primary_key() : nullptr;
    return Json(key ? key->name : "id");
  };
  const std::string name = text_member(field, "name");
  const bool named_by_itself = type == FieldType::has_many || type == FieldType::belongs_to_many;
  set_blank(field, "target", Json(named_by_itself ? name : pluralize(name)));
  const Collection* target = schema.find(text_member(field, "target"));
  set_blank(field, "foreignKey", Json("f_" + random_uid(random)));
  switch (type) {
    case FieldType::belongs_to:
    case FieldType::belongs_to_array:
      set_blank(field, "targetKey", primary_of(target));
      break;
    case FieldType::has_one:
      set_blank(field, "sourceKey", primary_of(owner));
      break;
    case FieldType::has_many:
      set_blank(field, "targetKey", primary_of(target));
      set_blank(field, "sourceKey", primary_of(owner));
      if (json::truthy(field, "sortable")) set_blank(field, "sortBy", Json(sort_field_name(field)));
      break;
    default:
      set_blank(field, "through", Json("t_" + random_uid(random)));
      set_blank(field, "otherKey", Json("f_" + random_uid(random)));
      set_blank(field, "sourceKey", primary_of(owner));
      set_blank(field, "targetKey", primary_of(target));
  }
}

bool declares_interface(const JsonObject& collection, std::string_view interface) {
  const Json* fields = json::find(collection, "fields");
  if (!fields || !fields->is_array()) return false;
  return std::ranges::any_of(fields->get_array(), [&](const Json& field) {
    return field.is_object() && json::text(field.get_object(), "interface") == interface;
  });
}

JsonObject foreign_key_definition(const std::string& name, const Field* key, Random& random) {
  const bool text = key && key->values == ValueClass::text;
  return {{"key", random_uid(random)},
          {"name", name},
          {"type", text ? "string" : "bigInt"},
          {"interface", text ? "input" : "integer"},
          {"isForeignKey", true},
          {"sort", 1},
          {"uiSchema",
           {{"type", text ? "string" : "number"},
            {"title", name},
            {"x-component", text ? "Input" : "InputNumber"},
            {"x-read-pretty", true}}}};
}

}  // namespace

JsonObject complete_collection(const JsonObject& given, Random& random) {
  JsonObject out = given;
  out.erase("fields");
  set_blank(out, "name", Json("t_" + random_uid(random)));
  const Json* name = json::find(out, "name");
  if (!name->is_string()) throw bad_request("collection name must be text");
  check_identifier("collection name", std::string_view(name->get_string()));
  set_blank(out, "key", Json(random_uid(random)));
  for (std::string_view key : {"title", "description"}) set_missing(out, key, nullptr);
  for (std::string_view key : {"inherit", "hidden"}) set_missing(out, key, false);
  // A declared field of such an interface says it as well as the option.
  for (std::string_view key : {"createdAt", "createdBy", "updatedAt", "updatedBy"})
    set_missing(out, key, declares_interface(given, key));
  return out;
}

JsonObject complete_field(const JsonObject& given, std::string_view collection, const Schema& schema,
                          Random& random) {
  JsonObject out = given;
  out.erase("reverseField");
  const Json* type = json::find(out, "type");
  const FieldTypeInfo* info =
      type && type->is_string() ? find_field_type(std::string_view(type->get_string())) : nullptr;
  if (!info)
    throw bad_request(fmt::format("unsupported field type {}", type ? json::to_text(*type) : "null"));
  set_blank(out, "name", Json("f_" + random_uid(random)));
  const Json* name = json::find(out, "name");
  if (!name->is_string()) throw bad_request("field name must be text");
  // A dot would read as a path: the field is called with _ and keeps the dotted text as its column.
  std::string text(std::string_view(name->get_string()));
  if (text.contains('.')) {
    set_missing(out, "field", Json(text));
    for (char& c : text) c = c == '.' ? '_' : c;
    out["name"] = Json(text);
  }
  check_identifier("field name", text);
  set_blank(out, "key", Json(random_uid(random)));
  out["collectionName"] = Json(collection);
  for (std::string_view key : {"interface", "description", "parentKey", "reverseKey"})
    set_missing(out, key, nullptr);
  if (is_association(info->type))
    complete_association(out, info->type, schema.find(collection), schema, random);
  if (Json* patterns = out.if_contains("patterns");
      info->type == FieldType::sequence && patterns && patterns->is_array())
    assign_sequence_keys(patterns->get_array(), random);
  if (json::text(out, "interface") == "unixTimestamp") {
    JsonObject& ui =
        out["uiSchema"].is_object() ? out["uiSchema"].get_object() : out["uiSchema"].emplace_object();
    JsonObject& props = ui["x-component-props"].is_object() ? ui["x-component-props"].get_object()
                                                            : ui["x-component-props"].emplace_object();
    props["accuracy"] = Json(json::text(out, "accuracy", "second"));
  }
  parse_field(out, false);  // refuses identifiers that are too long
  return out;
}

JsonObject mirrored_field(const JsonObject& field, const JsonObject& reverse, Random& random) {
  JsonObject out = reverse;
  const FieldTypeInfo& type = *find_field_type(json::text(field, "type"));
  if (!is_association(type.type))
    throw bad_request(
        fmt::format("field \"{}\" is no association: it has no reverse field", json::text(field, "name")));
  auto copy = [&](std::string_view to, std::string_view from) {
    if (const Json* value = json::find(field, from); value && !value->is_null()) out[to] = *value;
  };
  out["key"] = Json(random_uid(random));
  out["reverseKey"] = field.at("key");
  out["collectionName"] = field.at("target");
  out["target"] = field.at("collectionName");
  set_blank(out, "name", Json("f_" + random_uid(random)));
  for (std::string_view key : {"interface", "description", "parentKey"}) set_missing(out, key, nullptr);
  copy("onDelete", "onDelete");
  switch (type.type) {
    case FieldType::belongs_to_many:
      set_blank(out, "type", "belongsToMany");
      copy("through", "through");
      copy("sourceKey", "targetKey");
      copy("foreignKey", "otherKey");
      copy("targetKey", "sourceKey");
      copy("otherKey", "foreignKey");
      break;
    case FieldType::belongs_to:
      set_blank(out, "type", "hasMany");
      copy("sourceKey", "targetKey");
      copy("foreignKey", "foreignKey");
      out["targetKey"] = "id";
      break;
    default:
      set_blank(out, "type", "belongsTo");
      copy("targetKey", "sourceKey");
      copy("foreignKey", "foreignKey");
  }
  if (!parse_field(out, false).is_association())
    throw bad_request(fmt::format("reverseField of \"{}\" must be an association, not of type {}",
                                  json::text(field, "name"), json::text(out, "type")));
  return out;
}

std::vector<ForeignKeyField> foreign_key_fields(const JsonObject& field, const Metadata& metadata,
                                                const Schema& schema, Random& random) {
  std::vector<ForeignKeyField> out;
  const FieldType type = find_field_type(json::text(field, "type"))->type;
  auto key_of = [&](const std::string& collection, const std::string& name) {
    const Collection* c = schema.find(collection);
    return c ? c->find(name) : nullptr;
  };
  auto need = [&](const std::string& collection, const std::string& name, const Field* key) {
    // Only collections that are listed get a row; built-in ones keep an implicit column.
    const Collection* c = schema.find(collection);
    const bool listed = metadata.collection(collection) != nullptr || !c;
    const Field* have = c ? c->find(name) : nullptr;
    if (!listed || (have && !have->implicit) || metadata.field(collection, name)) return;
    JsonObject definition = foreign_key_definition(name, key, random);
    definition["collectionName"] = Json(collection);
    for (std::string_view null : {"description", "parentKey", "reverseKey"}) definition[null] = nullptr;
    out.push_back({collection, std::move(definition)});
  };
  const std::string owner = text_member(field, "collectionName"), target = text_member(field, "target");
  const std::string foreign_key = text_member(field, "foreignKey");
  if (!schema.find(target)) return out;
  switch (type) {
    case FieldType::belongs_to:
      need(owner, foreign_key, key_of(target, text_member(field, "targetKey")));
      break;
    case FieldType::has_one:
    case FieldType::has_many:
      need(target, foreign_key, key_of(owner, text_member(field, "sourceKey")));
      break;
    case FieldType::belongs_to_many: {
      const std::string through = text_member(field, "through");
      need(through, text_member(field, "otherKey"), key_of(target, text_member(field, "targetKey")));
      need(through, foreign_key, key_of(owner, text_member(field, "sourceKey")));
      break;
    }
    default:
      break;
  }
  return out;
}

std::optional<JsonObject> items_sort_field(const JsonObject& field) {
  if (json::text(field, "type") != "hasMany" || !json::truthy(field, "sortable")) return std::nullopt;
  return JsonObject{{"name", sort_field_name(field)},
                    {"type", "sort"},
                    {"hidden", true},
                    {"scopeKey", field.at("foreignKey")}};
}

JsonObject shown_collection(const JsonObject& row, const Schema& schema) {
  JsonObject out = row;
  out.erase("sort");
  if (!json::find(out, "filterTargetKey")) {
    const Collection* c = schema.find(json::text(row, "name"));
    std::vector<std::string> keys = c ? c->filter_target_key : std::vector<std::string>{"id"};
    if (keys.size() == 1) out["filterTargetKey"] = Json(keys.front());
  }
  if (!json::find(out, "unavailableActions")) {
    const Collection* c = schema.find(json::text(row, "name"));
    JsonArray unavailable;
    if (c && c->read_only)
      unavailable = {"create", "update", "destroy", "importXlsx", "destroyMany", "updateMany"};
    out["unavailableActions"] = std::move(unavailable);
  }
  return out;
}

JsonObject shown_field(const JsonObject& row) {
  JsonObject out = row;
  out.erase("sort");
  return out;
}

}  // namespace flotilla::data
