#include "data/schema/collection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/sql/select_text.hpp"

namespace flotilla::data {
namespace {

/// undefined -> fallback, otherwise JavaScript truth.
bool flag(const JsonObject& options, std::string_view key, bool fallback) {
  const Json* value = json::find(options, key);
  return value && !value->is_null() ? json::truthy(*value) : fallback;
}

Field implicit_field(const JsonObject& definition, bool underscored, bool managed) {
  Field field = parse_field(definition, underscored);
  field.implicit = true;
  field.managed = managed;
  return field;
}

void add_implicit(Collection& c, const NamingRules& rules, bool from_metadata) {
  auto add = [&](const JsonObject& definition, bool managed = true) {
    if (!c.find(json::text(definition, "name")))
      c.put(implicit_field(definition, rules.underscored, managed));
  };
  if (c.view) return;
  bool has_primary_key = false;
  for (const Field& f : c.fields()) has_primary_key |= f.primary_key;
  if (flag(c.options, "autoGenId", true) && !has_primary_key && c.parents.empty())
    add({{"name", "id"},
         {"type", "bigInt"},
         {"primaryKey", true},
         {"autoIncrement", true},
         {"allowNull", false}});

  bool timestamps = flag(c.options, "timestamps", !from_metadata);
  if (timestamps && flag(c.options, "createdAt", true)) add({{"name", "createdAt"}, {"type", "date"}});
  if (timestamps && flag(c.options, "updatedAt", true)) add({{"name", "updatedAt"}, {"type", "date"}});
  if (!timestamps && from_metadata) {
    if (flag(c.options, "createdAt", false)) add({{"name", "createdAt"}, {"type", "date"}});
    if (flag(c.options, "updatedAt", false)) add({{"name", "updatedAt"}, {"type", "date"}});
  }
  // Without a declared createdBy field the columns exist but are not filled, as the peer has it.
  for (std::string_view who : {"createdBy", "updatedBy"}) {
    if (!flag(c.options, who, false)) continue;
    std::string key = std::string(who) + "Id";
    const bool declared = c.find(who) != nullptr;
    add({{"name", who},
         {"type", "belongsTo"},
         {"target", "users"},
         {"foreignKey", key},
         {"targetKey", "id"}});
    add({{"name", key}, {"type", "bigInt"}, {"index", true}}, declared || !from_metadata);
  }
  if (const Json* sortable = json::find(c.options, "sortable"); sortable && json::truthy(*sortable)) {
    JsonObject sort{{"name", "sort"}, {"type", "sort"}};
    if (sortable->is_string()) sort["name"] = sortable->get_string();
    if (sortable->is_object()) json::merge(sort, sortable->get_object());
    if (!from_metadata) sort["hidden"] = true;
    add(sort, !from_metadata);
  }
}

/// `indexes`: names, lists of names, or objects {fields: [name or {name}], unique}.
void read_indexes(Collection& c, const JsonObject& definition) {
  const Json* indexes = json::find(definition, "indexes");
  if (!indexes || indexes->is_null()) return;
  auto refuse = [&] {
    throw bad_request(fmt::format("indexes of collection \"{}\": each takes names of fields", c.name));
  };
  if (!indexes->is_array()) refuse();
  for (const Json& index : indexes->get_array()) {
    const JsonObject* object = index.if_object();
    const Json* fields = object ? json::find(*object, "fields") : &index;
    if (!fields) refuse();
    std::vector<std::string> names;
    auto add = [&](const Json& item) {
      const JsonObject* described = item.if_object();
      const Json* name = described ? json::find(*described, "name") : &item;
      if (!name || !name->is_string()) refuse();
      names.emplace_back(std::string_view(name->get_string()));
    };
    if (fields->is_array())
      std::ranges::for_each(fields->get_array(), add);
    else
      add(*fields);
    if (names.empty()) refuse();
    (object && json::truthy(*object, "unique") ? c.unique_together : c.indexed_together)
        .push_back(std::move(names));
  }
}

}  // namespace

std::vector<std::string> parents_of(const JsonObject& definition) {
  std::vector<std::string> out;
  const Json* given = json::find(definition, "inherits");
  if (given && given->is_string()) out.emplace_back(std::string_view(given->get_string()));
  for (const Json& name : given && given->is_array() ? given->get_array() : JsonArray{}) {
    if (name.is_string()) out.emplace_back(std::string_view(name.get_string()));
  }
  return out;
}

void set_filter_target_key(Collection& c) {
  c.filter_target_key.clear();
  const Json* given = json::find(c.options, "filterTargetKey");
  if (given && given->is_string()) {
    c.filter_target_key = {std::string(given->get_string())};
  } else if (given && given->is_array()) {
    for (const Json& key : given->get_array()) c.filter_target_key.push_back(json::to_text(key));
  } else {
    for (const Field& f : c.fields()) {
      if (f.primary_key) c.filter_target_key.push_back(f.name);
    }
    if (c.filter_target_key.size() > 1) c.filter_target_key.clear();
  }
}

const Field* Collection::find(std::string_view field) const {
  auto at = index_.find(field);
  return at == index_.end() ? nullptr : &fields_[at->second];
}

const Field& Collection::field(std::string_view field) const {
  if (const Field* found = find(field)) return *found;
  throw Error(400, fmt::format("Invalid SQL column or table reference: {} has no field \"{}\"", name, field));
}

const Field* Collection::primary_key() const {
  const Field* key = nullptr;
  for (const Field& f : fields_) {
    if (!f.primary_key) continue;
    if (key) return nullptr;
    key = &f;
  }
  return key;
}

const Field* Collection::key_field() const {
  return filter_target_key.size() == 1 ? find(filter_target_key.front()) : nullptr;
}

std::string Collection::title() const {
  std::string_view title = json::text(options, "title");
  return title.empty() ? name : untranslated(title);
}

const Field* Collection::tree_field(std::string_view mark) const {
  for (const Field& f : fields_) {
    if (f.is_association() && json::truthy(f.options, mark)) return &f;
  }
  return nullptr;
}

const Field* Collection::tree_parent_key() const {
  if (!tree) return nullptr;
  const Field* parent = tree_field("treeParent");
  return find(parent ? std::string_view(parent->association.foreign_key) : "parentId");
}

Field& Collection::put(Field field) {
  auto at = index_.find(field.name);
  if (at != index_.end()) return fields_[at->second] = std::move(field);
  index_.emplace(field.name, fields_.size());
  return fields_.emplace_back(std::move(field));
}

Collection build_collection(const JsonObject& definition, const NamingRules& rules, bool from_metadata) {
  Collection c;
  c.name = json::text(definition, "name");
  check_identifier("collection name", c.name);
  c.from_metadata = from_metadata;
  c.options = definition;
  c.options.erase("fields");

  std::string_view kind = json::text(definition, "template");
  std::string_view select = json::text(definition, "sql");
  c.view = json::truthy(definition, "view") || kind == "view" || kind == "sql" || !select.empty();
  c.read_only = c.view && !(json::truthy(definition, "writableView") && select.empty());
  if (!select.empty()) c.query = sql::checked_select(select);

  // Tables and views that somebody else made are called what they are called.
  const bool found = c.view || json::text(definition, "from") == "dbsync";
  const bool underscored = rules.underscored && !found;
  std::string_view table = json::text(definition, c.view ? "viewName" : "tableName");
  c.table = table.empty() ? c.name : std::string(table);
  if (underscored) c.table = snake_case(c.table);
  if (!found && !c.table.starts_with(rules.table_prefix)) c.table = rules.table_prefix + c.table;
  check_identifier("table name", c.table);

  c.server_only = !from_metadata && json::truthy(definition, "serverOnly");
  c.tree = json::truthy(definition, "tree");
  if (rules.inheritance && !c.view) c.parents = parents_of(definition);
  c.simple_paginate = json::truthy(definition, "simplePaginate");
  c.magic_attribute = json::text(definition, "magicAttribute");

  if (const Json* fields = json::find(definition, "fields"); fields && fields->is_array()) {
    for (const Json& item : fields->get_array()) {
      if (item.is_object()) c.put(parse_field(item.get_object(), underscored));
    }
  }
  add_implicit(c, {rules.table_prefix, underscored, false}, from_metadata);
  set_filter_target_key(c);
  read_indexes(c, definition);
  return c;
}

}  // namespace flotilla::data
