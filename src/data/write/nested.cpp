#include "data/write/nested.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "data/sql/expression.hpp"
#include "data/write/links.hpp"

namespace flotilla::data {
namespace {

std::string below(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

/// One item given for an association, made sure of in the target collection.
struct Resolved {
  Saved saved;
  Json link_value;  ///< value of the target field that the association's key refers to
  bool only_key = false;
  bool missing = false;  ///< a key that no target has: ignored
};

Task<Json> value_of(Session& session, const WriteScope& scope, const Collection& c, const Json& key,
                    const std::string& field) {
  const Field* filter_key = c.key_field();
  if (filter_key && filter_key->name == field) co_return key;
  Json document = co_await read_document(session, scope, c, key);
  if (!document.is_object()) co_return nullptr;
  const Json* value = json::find(document.get_object(), field);
  co_return value ? *value : Json(nullptr);
}

/// `by` is the target field that identifies items given as keys or as objects with that field.
Task<Resolved> resolve_item(Session& session, const WriteScope& scope, const Collection& target,
                            const std::string& by, const std::string& link_field, const Json& item,
                            const NestedUpdates& updates, const std::string& path, const JsonObject& fixed) {
  Resolved out;
  if (!item.is_object()) {
    std::optional<Json> key = co_await find_key(session, scope, target, by, item);
    if (!key) {
      out.missing = true;
      co_return out;
    }
    out.saved = {&target, *key, {}, true};
    out.link_value = co_await value_of(session, scope, target, *key, link_field);
    co_return out;
  }
  const JsonObject& object = item.get_object();
  const Json* given = json::find(object, by);
  std::optional<Json> key;
  if (given && !given->is_null()) key = co_await find_key(session, scope, target, by, *given);
  if (!key) {
    out.saved = co_await create_record(session, scope, target, object, updates, path, fixed);
  } else if (updates.contains(path) && object.size() > 1) {
    JsonObject changes = object;
    changes.erase(by);
    for (const auto& [name, value] : fixed) changes[name] = value;
    out.saved = co_await update_record(session, scope, target, *key, changes, updates, path);
  } else {
    out.saved = {&target, *key, {}, true};
    out.only_key = true;
  }
  out.link_value = co_await value_of(session, scope, target, out.saved.key, link_field);
  co_return out;
}

std::vector<Json> items_of(const Field& field, const Json& value) {
  if (value.is_null()) return {};
  if (!value.is_array()) return {value};
  if (!is_to_many(field.type))
    throw bad_request(fmt::format("The value of '{}' cannot be in array format", field.name));
  std::vector<Json> out;
  for (const Json& item : value.get_array()) {
    if (!item.is_null()) out.push_back(item);
  }
  return out;
}

/// The order in which the peer answers: linked objects, then plain keys, then what was created.
void add_in_answer_order(SavedAssociation& answer, std::vector<Resolved> items,
                         const std::vector<Json>& given) {
  auto rank = [&](std::size_t i) { return items[i].only_key ? 0 : given[i].is_object() ? 2 : 1; };
  for (int wanted = 0; wanted <= 2; ++wanted) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].missing || rank(i) != wanted) continue;
      answer.only_key.push_back(items[i].only_key);
      answer.items.push_back(std::move(items[i].saved));
    }
  }
}

const Collection& target_of(const WriteScope& scope, const Collection& c, const Field& field) {
  if (const Collection* target = scope.schema.target(field)) return *target;
  throw bad_request(
      fmt::format("association \"{}\" of \"{}\" points to collection \"{}\", which does not exist",
                  field.name, c.name, field.association.target));
}

Param to_param(const Collection& c, const std::string& field, const Json& value, const WriteScope& scope) {
  return coerce_operand(c.field(field), value, scope.zone);
}

Task<void> save_belongs_to(Session& session, const WriteScope& scope, const Collection& c, const Field& field,
                           const Json& value, const NestedUpdates& updates, const std::string& path,
                           RowValues& row, Saved& saved) {
  const Association& a = field.association;
  const Field& foreign_key = c.field(a.foreign_key);
  if (value.is_array())
    throw bad_request(fmt::format("The value of '{}' cannot be in array format", field.name));
  if (!value.is_object()) {
    row.set(foreign_key, value.is_null() ? Param() : to_param(c, a.foreign_key, value, scope));
    if (value.is_null()) saved.associations.push_back({&field, {}, {}});
    co_return;
  }
  const Collection& target = target_of(scope, c, field);
  Resolved item = co_await resolve_item(session, scope, target, a.target_key, a.target_key, value, updates,
                                        below(path, field.name), {});
  row.set(foreign_key, to_param(c, a.foreign_key, item.link_value, scope));
  SavedAssociation answer{&field, {}, {}};
  answer.only_key.push_back(false);
  answer.items.push_back(std::move(item.saved));
  saved.associations.push_back(std::move(answer));
}

Task<void> save_list_of_keys(Session& session, const WriteScope& scope, const Collection& c,
                             const Field& field, const Json& value, const NestedUpdates& updates,
                             const std::string& path, RowValues& row) {
  const Association& a = field.association;
  const Collection& target = target_of(scope, c, field);
  JsonArray keys;
  for (const Json& given : items_of(field, value)) {
    Resolved item = co_await resolve_item(session, scope, target, a.target_key, a.target_key, given, updates,
                                          below(path, field.name), {});
    if (!item.missing && std::ranges::find(keys, item.link_value) == keys.end())
      keys.push_back(item.link_value);
  }
  row.set(c.field(a.foreign_key), json::dump(Json(std::move(keys))));
}

/// hasOne and hasMany: the target rows carry the key.
Task<void> save_owners_of_key(Session& session, const WriteScope& scope, const Field& field,
                              const Json& own_value, const std::vector<Json>& given,
                              const NestedUpdates& updates, const std::string& path,
                              SavedAssociation& answer) {
  const Association& a = field.association;
  const Collection& target = *scope.schema.target(field);
  const Field* key = target.primary_key() ? target.primary_key() : target.key_field();
  if (!key)
    throw bad_request(fmt::format("collection \"{}\" has no key: its records cannot be linked", target.name));
  std::vector<Resolved> items;
  std::vector<Json> kept;
  for (const Json& item : given) {
    JsonObject fixed{{a.foreign_key, own_value}};
    Resolved resolved =
        co_await resolve_item(session, scope, target, key->name, key->name, item, updates, path, fixed);
    if (!resolved.missing) kept.push_back(resolved.link_value);
    items.push_back(std::move(resolved));
  }
  co_await set_has_links(session, scope, field, own_value, kept);
  add_in_answer_order(answer, std::move(items), given);
}

Task<void> save_through(Session& session, const WriteScope& scope, const Field& field, const Json& own_value,
                        const std::vector<Json>& given, const NestedUpdates& updates, const std::string& path,
                        SavedAssociation& answer) {
  const Association& a = field.association;
  const Collection& target = *scope.schema.target(field);
  std::vector<Resolved> items;
  std::vector<ThroughLink> links;
  for (const Json& item : given) {
    JsonObject through_values;
    Json object = item;
    if (object.is_object()) {
      if (const Json* own = json::find(object.get_object(), a.through); own && own->is_object())
        through_values = own->get_object();
      object.get_object().erase(a.through);
    }
    Resolved resolved =
        co_await resolve_item(session, scope, target, a.target_key, a.target_key, object, updates, path, {});
    if (!resolved.missing) links.push_back({resolved.link_value, std::move(through_values)});
    items.push_back(std::move(resolved));
  }
  co_await set_through_links(session, scope, field, own_value, links, true);
  add_in_answer_order(answer, std::move(items), given);
}

}  // namespace

Task<void> save_owned_keys(Session& session, const WriteScope& scope, const Collection& c,
                           const JsonObject& values, const NestedUpdates& updates, const std::string& path,
                           RowValues& row, Saved& saved) {
  for (const Field& field : c.fields()) {
    if (field.type != FieldType::belongs_to && field.type != FieldType::belongs_to_array) continue;
    const Json* value = json::find(values, field.name);
    if (!value) continue;
    if (field.type == FieldType::belongs_to)
      co_await save_belongs_to(session, scope, c, field, *value, updates, path, row, saved);
    else
      co_await save_list_of_keys(session, scope, c, field, *value, updates, path, row);
  }
}

Task<void> save_dependents(Session& session, const WriteScope& scope, const Collection& c,
                           const JsonObject& values, const NestedUpdates& updates, const std::string& path,
                           Saved& saved) {
  for (const Field& field : c.fields()) {
    if (field.type != FieldType::has_one && field.type != FieldType::has_many &&
        field.type != FieldType::belongs_to_many)
      continue;
    const Json* value = json::find(values, field.name);
    if (!value) continue;
    target_of(scope, c, field);
    Json own_value = co_await value_of(session, scope, c, saved.key, field.association.source_key);
    if (own_value.is_null())
      throw bad_request(
          fmt::format("The source key {} is not set in {}", field.association.source_key, c.name));
    const std::vector<Json> given = items_of(field, *value);
    SavedAssociation answer{&field, {}, {}};
    const std::string inner = below(path, field.name);
    if (field.type == FieldType::belongs_to_many)
      co_await save_through(session, scope, field, own_value, given, updates, inner, answer);
    else
      co_await save_owners_of_key(session, scope, field, own_value, given, updates, inner, answer);
    saved.associations.push_back(std::move(answer));
  }
}

}  // namespace flotilla::data
