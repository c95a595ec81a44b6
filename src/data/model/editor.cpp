#include "data/model/editor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/write/destroy.hpp"

namespace flotilla::data {
namespace {

const NestedUpdates kNoNested;

/// Options that only say how a field is shown, or that the server keeps, may always change; the type may not.
void check_same_type(const JsonObject& before, const JsonObject& changes) {
  const Json* type = json::find(changes, "type");
  if (!type || type->is_null() || !type->is_string()) return;
  const FieldTypeInfo* from = find_field_type(json::text(before, "type"));
  const FieldTypeInfo* to = find_field_type(std::string_view(type->get_string()));
  if (!to) throw bad_request(fmt::format("unsupported field type {}", std::string_view(type->get_string())));
  const bool same = from && (from->type == to->type ||
                             (has_column(from->type) && has_column(to->type) && from->column == to->column));
  if (!same)
    throw bad_request(
        fmt::format("the type of field \"{}\" cannot change from {} to {}: its values would be lost",
                    json::text(before, "name"), json::text(before, "type"), to->name));
}

}  // namespace

MetadataEditor::MetadataEditor(Session& session, const Schema& schema, const Metadata& metadata,
                               const WriteScope& scope)
    : session_(session), schema_(schema), metadata_(metadata), scope_(scope) {}

Task<void> MetadataEditor::insert(std::string_view table, const JsonObject& flat) {
  const Collection& c = schema_.collection(table);
  const JsonObject row = fold_options(c, flat);
  co_await create_record(session_, scope_, c, row, kNoNested);
}

Task<void> MetadataEditor::update(std::string_view table, const Json& key, const JsonObject& flat) {
  const Collection& c = schema_.collection(table);
  const JsonObject row = fold_options(c, flat);
  co_await update_record(session_, scope_, c, key, row, kNoNested);
}

Task<void> MetadataEditor::remove(std::string_view table, const JsonObject& filter) {
  const Json condition(filter);
  ListRequest rows;
  rows.filter = condition;
  co_await destroy_records(session_, scope_, schema_.collection(table), nullptr, rows);
}

Task<JsonObject> MetadataEditor::create_collection(const JsonObject& given, bool with_flags) {
  JsonObject collection = complete_collection(given, scope_.random);
  for (std::string_view flag : {"createdAt", "createdBy", "updatedAt", "updatedBy"}) {
    if (!with_flags && !given.contains(flag)) collection.erase(flag);
  }
  const std::string name(json::text(collection, "name"));
  if (metadata_.collection(name) || schema_.find(name))
    throw bad_request(fmt::format("Collection named {} already exists", name));
  co_await insert("collections", collection);
  metadata_.collections.push_back(collection);
  JsonArray shown;
  if (const Json* fields = json::find(given, "fields"); fields && fields->is_array()) {
    for (const Json& field : fields->get_array()) {
      if (!field.is_object()) throw bad_request("each of fields must be an object");
      shown.push_back(co_await create_field(name, field.get_object(), false));
    }
  }
  JsonObject out = shown_collection(collection, schema_);
  if (!shown.empty()) out["fields"] = std::move(shown);
  co_return out;
}

Task<bool> MetadataEditor::update_collection(std::string_view name, const JsonObject& changes) {
  const JsonObject* before = metadata_.collection(name);
  if (!before) co_return false;
  JsonObject after = *before;
  for (const auto& [key, value] : changes) {
    if (key == "name" && value != before->at("name"))
      throw bad_request("the name of a collection cannot change");
    if (key != "fields" && key != "category" && key != "key") after[key] = value;
  }
  co_await update("collections", JsonObject{{"name", Json(name)}}, after);
  if (const Json* fields = json::find(changes, "fields"); fields && fields->is_array())
    co_await set_fields(name, fields->get_array());
  co_return true;
}

Task<bool> MetadataEditor::destroy_collection(std::string_view name) {
  if (!metadata_.collection(name)) co_return false;
  std::vector<std::pair<std::string, std::string>> pointing;
  for (const auto& [owner, fields] : metadata_.fields) {
    for (const JsonObject& field : fields) {
      if (owner != name && json::text(field, "target") == name)
        pointing.emplace_back(owner, json::text(field, "name"));
    }
  }
  for (const auto& [owner, field] : pointing)
    co_await remove("fields", {{"collectionName", Json(owner)}, {"name", Json(field)}});
  co_await remove("fields", {{"collectionName", Json(name)}});
  co_await remove("collections", {{"name", Json(name)}});
  if (auto own = metadata_.fields.find(name); own != metadata_.fields.end()) metadata_.fields.erase(own);
  for (const auto& [owner, field] : pointing) {
    std::erase_if(metadata_.fields[owner],
                  [&](const JsonObject& f) { return json::text(f, "name") == field; });
  }
  std::erase_if(metadata_.collections, [&](const JsonObject& c) { return json::text(c, "name") == name; });
  co_return true;
}

void MetadataEditor::check_new_field(std::string_view collection, std::string_view name) const {
  const Collection* c = schema_.find(collection);
  const Field* have = c ? c->find(name) : nullptr;
  if (metadata_.field(collection, name) || (have && !have->implicit))
    throw bad_request(fmt::format("Field name \"{}\" already exists in collection \"{}\"", name, collection));
}

Task<void> MetadataEditor::create_through(const JsonObject& field) {
  const std::string through(json::text(field, "through"));
  if (through.empty() || metadata_.collection(through) || schema_.find(through)) co_return;
  JsonObject collection{{"key", random_uid(scope_.random)},
                        {"name", through},
                        {"title", through},
                        {"inherit", false},
                        {"hidden", true},
                        {"description", nullptr},
                        {"timestamps", true},
                        {"autoGenId", false},
                        {"autoCreate", true},
                        {"isThrough", true},
                        {"sortable", false}};
  co_await insert("collections", collection);
  metadata_.collections.push_back(std::move(collection));
}

Task<JsonObject> MetadataEditor::create_field(std::string_view collection, const JsonObject& given,
                                              bool with_foreign_keys) {
  if (!metadata_.collection(collection))
    throw Error(404, fmt::format("there is no collection \"{}\"", collection));
  JsonObject field = complete_field(given, collection, schema_, scope_.random);
  check_new_field(collection, json::text(field, "name"));
  JsonObject shown = shown_field(field);
  if (with_foreign_keys) {
    co_await create_through(field);
    for (ForeignKeyField& key : foreign_key_fields(field, metadata_, schema_, scope_.random)) {
      co_await insert("fields", key.definition);
      metadata_.fields[key.collection].push_back(std::move(key.definition));
    }
  }
  const Json* reverse = json::find(given, "reverseField");
  if (reverse && reverse->is_object() && !reverse->get_object().empty()) {
    JsonObject mirrored = mirrored_field(field, reverse->get_object(), scope_.random);
    const std::string target(json::text(mirrored, "collectionName"));
    check_new_field(target, json::text(mirrored, "name"));
    field["reverseKey"] = mirrored.at("key");
    shown["reverseField"] = mirrored;
    co_await insert("fields", mirrored);
    metadata_.fields[target].push_back(std::move(mirrored));
  }
  co_await insert("fields", field);
  metadata_.fields[std::string(collection)].push_back(std::move(field));
  co_return shown;
}

Task<bool> MetadataEditor::update_field(std::string_view collection, std::string_view name,
                                        const JsonObject& changes) {
  const JsonObject* before = metadata_.field(collection, name);
  if (!before) co_return false;
  check_same_type(*before, changes);
  JsonObject after = *before;
  for (const auto& [key, value] : changes) {
    if (key == "name" && value != before->at("name")) throw bad_request("the name of a field cannot change");
    if (key != "key" && key != "collectionName" && key != "reverseField" && key != "sort") after[key] = value;
  }
  co_await update("fields", JsonObject{{"key", before->at("key")}}, after);
  co_return true;
}

Task<bool> MetadataEditor::destroy_field(std::string_view collection, std::string_view name) {
  const JsonObject* field = metadata_.field(collection, name);
  if (!field) co_return false;
  co_await remove("fields", {{"key", field->at("key")}});
  std::erase_if(metadata_.fields[std::string(collection)],
                [&](const JsonObject& f) { return json::text(f, "name") == name; });
  co_return true;
}

Task<void> MetadataEditor::set_fields(std::string_view collection, const JsonArray& fields) {
  std::vector<std::string> wanted;
  for (const Json& item : fields) {
    if (!item.is_object()) throw bad_request("each of fields must be an object");
    const std::string name(json::text(item.get_object(), "name"));
    wanted.push_back(name);
    const bool there = co_await update_field(collection, name, item.get_object());
    if (!there) wanted.back() = json::text(co_await create_field(collection, item.get_object()), "name");
  }
  std::vector<std::string> gone;
  for (const JsonObject& have : metadata_.fields[std::string(collection)]) {
    std::string name(json::text(have, "name"));
    if (std::ranges::find(wanted, name) == wanted.end()) gone.push_back(std::move(name));
  }
  for (const std::string& name : gone) co_await destroy_field(collection, name);
}

}  // namespace flotilla::data
