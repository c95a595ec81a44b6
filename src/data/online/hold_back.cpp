#include "data/online/hold_back.hpp"

#include <algorithm>

namespace flotilla::data {
namespace {

constexpr const char* kIndexes = "indexes";

/// Names of an entry of the option `indexes`: {fields: [name or {name}], unique}.
std::vector<std::string> names_of(const Json& entry) {
  std::vector<std::string> out;
  const Json* fields = entry.is_object() ? json::find(entry.get_object(), "fields") : nullptr;
  if (!fields || !fields->is_array()) return out;
  for (const Json& field : fields->get_array())
    out.push_back(field.is_object() ? std::string(json::text(field.get_object(), "name"))
                                    : json::to_text(field));
  return out;
}

bool is_unique_over(const Json& entry, const std::vector<std::string>& fields) {
  return entry.is_object() && json::truthy(entry.get_object(), "unique") && names_of(entry) == fields;
}

JsonArray indexes_in(const JsonObject& row) {
  const Json* list = json::find(row, kIndexes);
  return list && list->is_array() ? list->get_array() : JsonArray{};
}

}  // namespace

Task<void> hold_back_unique(MetadataEditor& editor, const Collection& collection, const IndexDef& index) {
  const std::vector<std::string> fields = fields_of(collection, index);
  const JsonObject* row = editor.metadata().collection(collection.name);
  if (row) {
    JsonArray kept;
    const JsonArray all = indexes_in(*row);
    for (const Json& entry : all)
      if (!is_unique_over(entry, fields)) kept.push_back(entry);
    if (kept.size() != all.size()) {
      const JsonObject changes{{kIndexes, std::move(kept)}};
      co_await editor.update_collection(collection.name, changes);
    }
  }
  const JsonObject not_yet{{"unique", false}};
  if (fields.size() == 1) co_await editor.update_field(collection.name, fields.front(), not_yet);
}

Task<bool> mark_unique(MetadataEditor& editor, const std::string& collection,
                       const std::vector<std::string>& fields, bool single) {
  if (single) {
    const JsonObject changes{{"unique", true}};
    co_return co_await editor.update_field(collection, fields.front(), changes);
  }
  const JsonObject* row = editor.metadata().collection(collection);
  if (!row) co_return false;
  JsonArray all = indexes_in(*row);
  if (std::ranges::any_of(all, [&](const Json& entry) { return is_unique_over(entry, fields); }))
    co_return true;
  JsonArray names;
  for (const std::string& field : fields) names.emplace_back(field);
  all.push_back(JsonObject{{"fields", std::move(names)}, {"unique", true}});
  const JsonObject changes{{kIndexes, std::move(all)}};
  co_return co_await editor.update_collection(collection, changes);
}

}  // namespace flotilla::data
