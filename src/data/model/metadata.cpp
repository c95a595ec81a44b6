#include "data/model/metadata.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "data/read/list.hpp"
#include "data/sql/select_text.hpp"

namespace flotilla::data {

std::string_view asset(std::string_view name);  // generated from assets/

namespace {

/// Every row of a system table as a document, options unfolded.
Task<std::vector<JsonObject>> read_table(Session& session, const Schema& system, std::string_view name) {
  const Collection& c = system.collection(name);
  RequestScope scope{system, {}, 0, 0, 0, nullptr};
  Selection selection;
  selection.collection = &c;
  selection.columns = stored_fields(c);
  selection.shown = selection.columns.size();
  ListRequest request;
  request.sort = {"sort"};
  Records records = co_await find_records(session, scope, c, nullptr, request, selection, -1, 0);
  std::vector<JsonObject> out;
  for (std::size_t row = 0; row < records.rows.size(); ++row) {
    std::string text;
    JsonWriter writer(text);
    write_record(writer, system, records, row);
    JsonObject flat = json::parse(text).as_object();
    if (const Json* options = json::find(flat, "options"); options && options->is_object()) {
      JsonObject unfolded = options->get_object();
      flat.erase("options");
      for (auto& [key, value] : unfolded) {
        if (!flat.contains(key)) flat[key] = std::move(value);
      }
    } else {
      flat.erase("options");
    }
    out.push_back(std::move(flat));
  }
  co_return out;
}

/// A field of a view is what the field is that its `source` ("collection.field") names, but for what it says
/// itself.
JsonObject with_source(const JsonObject& field, const Metadata& metadata) {
  const std::string_view source = json::text(field, "source");
  const std::size_t dot = source.find('.');
  if (dot == source.npos) return field;
  const JsonObject* from = metadata.field(source.substr(0, dot), source.substr(dot + 1));
  if (!from) return field;
  JsonObject out = field;
  for (const auto& [key, value] : *from) {
    const Json* own = json::find(out, key);
    const bool of_a_row = key == "key" || key == "primaryKey" || key == "autoIncrement" || key == "unique" ||
                          key == "field" || key == "sort" || key == "defaultValue" || key == "allowNull";
    if (!of_a_row && (!own || own->is_null())) out[key] = value;
  }
  return out;
}

/// A system collection with what the metadata say of it: labels and further fields.
JsonObject merged_definition(const JsonObject& system, const JsonObject& row,
                             const std::vector<JsonObject>* fields) {
  JsonObject out = system;
  JsonArray& have = out["fields"].is_array() ? out["fields"].get_array() : out["fields"].emplace_array();
  if (const Json* title = json::find(row, "title")) out["title"] = *title;
  for (const JsonObject& field : fields ? *fields : std::vector<JsonObject>{}) {
    auto same = std::ranges::find_if(
        have, [&](const Json& f) { return json::text(f.as_object(), "name") == json::text(field, "name"); });
    if (same == have.end())
      have.push_back(field);
    else
      for (const auto& [key, value] : field) {
        // Labels may be changed by people; types and keys of a built-in field may not.
        if (key == "uiSchema" || key == "title" || key == "interface") same->as_object()[key] = value;
      }
  }
  return out;
}

}  // namespace

const JsonObject* Metadata::collection(std::string_view name) const {
  auto at =
      std::ranges::find_if(collections, [&](const JsonObject& c) { return json::text(c, "name") == name; });
  return at == collections.end() ? nullptr : &*at;
}

const JsonObject* Metadata::field(std::string_view collection, std::string_view name) const {
  auto list = fields.find(collection);
  if (list == fields.end()) return nullptr;
  auto at =
      std::ranges::find_if(list->second, [&](const JsonObject& f) { return json::text(f, "name") == name; });
  return at == list->second.end() ? nullptr : &*at;
}

const std::vector<JsonObject>& system_definitions() {
  static const std::vector<JsonObject> kDefinitions = [] {
    std::vector<JsonObject> out;
    for (std::string_view file : {"system_collections.json", "own_collections.json"}) {
      for (const Json& item : json::parse(asset(file)).as_array()) out.push_back(item.as_object());
    }
    return out;
  }();
  return kDefinitions;
}

Task<Metadata> read_metadata(Session& session, const Schema& system) {
  Metadata metadata;
  metadata.collections = co_await read_table(session, system, "collections");
  for (JsonObject& field : co_await read_table(session, system, "fields")) {
    std::string owner(json::text(field, "collectionName"));
    metadata.fields[owner].push_back(std::move(field));
  }
  co_return metadata;
}

std::shared_ptr<const Schema> build_schema(const Metadata& metadata, const NamingRules& rules,
                                           std::uint64_t epoch, std::vector<std::string>* problems) {
  std::vector<Collection> collections;
  std::set<std::string, std::less<>> built_in;
  auto fields_of = [&](std::string_view name) -> const std::vector<JsonObject>* {
    auto at = metadata.fields.find(name);
    return at == metadata.fields.end() ? nullptr : &at->second;
  };
  for (const JsonObject& definition : system_definitions()) {
    std::string name(json::text(definition, "name"));
    const JsonObject* row = metadata.collection(name);
    collections.push_back(build_collection(
        row ? merged_definition(definition, *row, fields_of(name)) : definition, rules, false));
    if (row) collections.back().options["asStrategyResource"] = true;  // people manage it like their own
    built_in.insert(std::move(name));
  }
  for (const JsonObject& row : metadata.collections) {
    if (built_in.contains(json::text(row, "name"))) continue;
    JsonObject definition = row;
    if (std::string_view select = json::text(row, "sql"); !select.empty()) {
      // What was stored by others is looked at like what is given.
      try {
        sql::checked_select(select);
      } catch (const Error& error) {
        if (problems)
          problems->push_back("collection \"" + std::string(json::text(row, "name")) +
                              "\" is not served: " + error.what());
        definition["sql"] = "";
      }
    }
    JsonArray fields;
    if (const auto* list = fields_of(json::text(row, "name"))) {
      for (const JsonObject& field : *list) {
        // A field that this version cannot read must not keep the rest from being served.
        const Json* type = json::find(field, "type");
        if (problems &&
            !(type && type->is_string() && find_field_type(std::string_view(type->get_string())))) {
          problems->push_back("field \"" + std::string(json::text(field, "name")) + "\" of collection \"" +
                              std::string(json::text(row, "name")) + "\" has the unsupported type " +
                              (type ? json::to_text(*type) : "null") + " and is not served");
          continue;
        }
        fields.push_back(with_source(field, metadata));
      }
    }
    definition["fields"] = std::move(fields);
    // Rows of the metadata carry sort and creator columns of their own only as options.
    collections.push_back(build_collection(definition, rules, true));
    if (json::truthy(row, "isThrough")) collections.back().through = true;
  }
  return Schema::build(std::move(collections), rules, epoch);
}

JsonObject fold_options(const Collection& table, const JsonObject& flat) {
  JsonObject row, options;
  for (const auto& [key, value] : flat) {
    const Field* field = table.find(key);
    if (field && !field->column.empty() && key != "options")
      row[key] = value;
    else if (key != "options" && key != "fields" && key != "category")
      options[key] = value;
  }
  row["options"] = std::move(options);
  return row;
}

}  // namespace flotilla::data
