#include "data/model/editor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/sql/select_text.hpp"
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

/// Fields of all collections that `chosen` takes, as (owner, field).
template <class Chosen>
std::vector<FieldId> fields_where(const Metadata& metadata, Chosen chosen) {
  std::vector<FieldId> out;
  for (const auto& [owner, fields] : metadata.fields) {
    for (const JsonObject& field : fields) {
      if (chosen(owner, field)) out.push_back({owner, std::string(json::text(field, "name"))});
    }
  }
  return out;
}

/// Associations of other collections that lead to a collection, or through it.
std::vector<FieldId> associations_with(const Metadata& metadata, std::string_view collection) {
  return fields_where(metadata, [&](const std::string& owner, const JsonObject& field) {
    return owner != collection &&
           (json::text(field, "target") == collection || json::text(field, "through") == collection);
  });
}

/// Associations whose foreign key is this field.
std::vector<FieldId> associations_over(const Metadata& metadata, const std::string& collection,
                                       const std::string& key) {
  return fields_where(metadata, [&](const std::string& owner, const JsonObject& field) {
    const std::string_view type = json::text(field, "type");
    if (type == "belongsToMany")
      return json::text(field, "through") == collection &&
             (json::text(field, "foreignKey") == key || json::text(field, "otherKey") == key);
    const bool in_target = type == "hasOne" || type == "hasMany";
    const bool here = in_target ? json::text(field, "target") == collection : owner == collection;
    const FieldTypeInfo* info = find_field_type(type);
    return info && is_association(info->type) && here && json::text(field, "foreignKey") == key;
  });
}

std::optional<FieldId> field_of_key(const Metadata& metadata, std::string_view key) {
  const std::vector<FieldId> found = fields_where(
      metadata, [&](const std::string&, const JsonObject& field) { return json::text(field, "key") == key; });
  return key.empty() || found.empty() ? std::nullopt : std::optional(found.front());
}

/// Of an SQL collection: Error 400 when it is more than one query that reads.
void check_select(const JsonObject& collection) {
  if (std::string_view select = json::text(collection, "sql"); !select.empty()) sql::checked_select(select);
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
  check_select(collection);
  check_parents(collection);
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
    if (key == "inherits" && parents_of({{key, value}}) != parents_of(*before))
      throw bad_request("what a collection inherits from cannot change");
    if (key != "fields" && key != "category" && key != "key") after[key] = value;
  }
  check_select(after);
  co_await update("collections", JsonObject{{"name", Json(name)}}, after);
  if (const Json* fields = json::find(changes, "fields"); fields && fields->is_array())
    co_await set_fields(name, fields->get_array());
  co_return true;
}

Task<bool> MetadataEditor::destroy_collection(std::string_view name, bool cascade) {
  if (!metadata_.collection(name)) co_return false;
  for (const std::string& child : children_of(name)) {
    if (!cascade)
      throw bad_request(fmt::format("collection \"{}\" inherits from \"{}\": it goes along with cascade=true",
                                    child, name));
    co_await destroy_collection(child, true);
  }
  co_await remove_fields(associations_with(metadata_, name));
  co_await remove("fields", {{"collectionName", Json(name)}});
  co_await remove("collections", {{"name", Json(name)}});
  if (auto own = metadata_.fields.find(name); own != metadata_.fields.end()) metadata_.fields.erase(own);
  std::erase_if(metadata_.collections, [&](const JsonObject& c) { return json::text(c, "name") == name; });
  co_return true;
}

Task<void> MetadataEditor::remove_fields(const std::vector<FieldId>& gone) {
  for (const FieldId& field : gone) {
    co_await remove("fields", {{"collectionName", Json(field.collection)}, {"name", Json(field.name)}});
    std::erase_if(metadata_.fields[field.collection],
                  [&](const JsonObject& f) { return json::text(f, "name") == field.name; });
  }
}

void MetadataEditor::check_parents(const JsonObject& collection) const {
  const std::vector<std::string> parents = parents_of(collection);
  if (parents.empty()) return;
  const std::string_view name = json::text(collection, "name");
  if (!session_.dialect().has_inheritance())
    throw bad_request(
        fmt::format("collection \"{}\" cannot inherit: only PostgreSQL has tables that inherit", name));
  for (const std::string& parent : parents) {
    const Collection* c = schema_.find(parent);
    if (!c || c->view || parent == name)
      throw bad_request(fmt::format("collection \"{}\" cannot inherit from \"{}\", which is {}", name, parent,
                                    !c        ? "not there"
                                    : c->view ? "a view"
                                              : "itself"));
  }
}

std::vector<std::string> MetadataEditor::children_of(std::string_view name) const {
  std::vector<std::string> out;
  for (const JsonObject& c : metadata_.collections) {
    const std::vector<std::string> parents = parents_of(c);
    if (std::ranges::find(parents, name) != parents.end()) out.emplace_back(json::text(c, "name"));
  }
  return out;
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
  const std::optional<JsonObject> items_sort = items_sort_field(field);
  const std::string target(json::text(field, "target"));
  metadata_.fields[std::string(collection)].push_back(std::move(field));
  if (items_sort && metadata_.collection(target) && !metadata_.field(target, json::text(*items_sort, "name")))
    co_await create_field(target, *items_sort);
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
  const Json* reverse = json::find(changes, "reverseField");
  const std::optional<FieldId> counterpart = field_of_key(metadata_, json::text(*before, "reverseKey"));
  if (reverse && reverse->is_object() && counterpart) {
    // What joins the two is not changed from either side.
    JsonObject labels = reverse->get_object();
    for (std::string_view fixed : {"name", "type", "reverseKey", "target", "through", "foreignKey",
                                   "otherKey", "sourceKey", "targetKey", "reverseField"})
      labels.erase(fixed);
    co_await update_field(counterpart->collection, counterpart->name, labels);
  }
  co_return true;
}

Task<bool> MetadataEditor::destroy_field(std::string_view collection, std::string_view name) {
  const JsonObject* field = metadata_.field(collection, name);
  if (!field) co_return false;
  const FieldId gone{std::string(collection), std::string(name)};
  // An association cannot do without its foreign key.
  if (json::truthy(*field, "isForeignKey"))
    co_await remove_fields(associations_over(metadata_, gone.collection, gone.name));
  co_await remove_fields({gone});
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
