#include "data/schema/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/schema/index_def.hpp"
#include "data/schema/tree_paths.hpp"

namespace flotilla::data {
namespace {

std::string key_or_id(const Collection* collection) {
  const Field* key = collection ? collection->primary_key() : nullptr;
  return key ? key->name : "id";
}

void set_default(std::string& key, std::string value) {
  if (key.empty()) key = std::move(value);
}

/// The type of a column that holds values of `key`.
std::string_view foreign_key_type(const Field* key) {
  if (!key) return "bigInt";
  switch (key->type) {
    case FieldType::uuid:
      return "uuid";
    default:
      return key->values == ValueClass::text ? "string" : "bigInt";
  }
}

Field foreign_key_field(std::string name, std::string_view type, bool underscored) {
  Field field = parse_field({{"name", name}, {"type", type}, {"index", true}}, underscored);
  field.implicit = true;
  return field;
}

}  // namespace

std::shared_ptr<const Schema> Schema::build(std::vector<Collection> collections, const NamingRules& rules,
                                            std::uint64_t epoch) {
  auto schema = std::make_shared<Schema>();
  schema->epoch_ = epoch;
  schema->rules_ = rules;
  std::map<std::string, std::string> tables;
  for (Collection& c : collections) {
    auto [at, fresh] = tables.emplace(c.table, c.name);
    if (!fresh)
      throw bad_request(fmt::format("collection \"{}\" and collection \"{}\" have the same table \"{}\"",
                                    c.name, at->second, c.table));
    schema->collections_.insert_or_assign(c.name, std::move(c));
  }
  // Fields move when a collection grows, so names are collected before anything is added.
  std::vector<std::pair<std::string, std::string>> associations;
  for (auto& [name, c] : schema->collections_) {
    for (const Field& f : c.fields()) {
      if (f.is_association()) associations.emplace_back(name, f.name);
    }
  }
  auto each = [&](auto&& step) {
    for (auto& [owner, field] : associations) {
      Collection& c = schema->collections_.find(owner)->second;
      step(c, const_cast<Field&>(*c.find(field)));
    }
  };
  each([&](Collection& c, Field& f) { schema->complete(c, f); });
  each([&](Collection& c, Field& f) {
    Field copy = f;  // put() may move the fields
    schema->add_foreign_keys(c, copy);
  });
  each([&](Collection& c, Field& f) { schema->add_references(c, f); });
  schema->inherit();
  schema->add_tree_paths();
  schema->settle_index_names();
  return schema;
}

void Schema::add_tree_paths() {
  std::vector<Collection> made;
  for (const auto& [name, c] : collections_) {
    std::string paths = tree_paths_name(name);
    const Field* key = c.primary_key();
    if (c.view || !key || !c.tree_parent_key() || find(paths)) continue;
    made.push_back(tree_paths_collection(std::move(paths), foreign_key_type(key), rules_));
  }
  for (Collection& c : made) collections_.emplace(c.name, std::move(c));
}

void Schema::settle_index_names() {
  // Tables and indexes share their names; letter case does not tell them apart everywhere.
  std::set<std::string, std::less<>> taken;
  for (const auto& [name, c] : collections_) taken.insert(lower(c.table));
  for (auto& [name, c] : collections_) {
    if (c.view) continue;
    for (const IndexDef& index : indexes_of(c)) {
      if (!taken.insert(lower(index.name)).second) c.taken_index_names.insert(index.name);
    }
  }
}

void Schema::complete(Collection& owner, Field& field) {
  Association& a = field.association;
  switch (field.type) {
    case FieldType::belongs_to:
      set_default(a.target, pluralize(field.name));
      set_default(a.target_key, key_or_id(find(a.target)));
      set_default(a.foreign_key, camel_case(field.name + "_" + a.target_key));
      break;
    case FieldType::has_one:
      set_default(a.target, pluralize(field.name));
      set_default(a.source_key, key_or_id(&owner));
      set_default(a.foreign_key, camel_case(singularize(owner.name) + "_" + a.source_key));
      break;
    case FieldType::has_many:
      set_default(a.target, field.name);
      set_default(a.source_key,
                  owner.filter_target_key.size() == 1 ? owner.filter_target_key[0] : key_or_id(&owner));
      set_default(a.foreign_key, camel_case(singularize(owner.name) + "_" + a.source_key));
      break;
    case FieldType::belongs_to_many: {
      set_default(a.target, field.name);
      std::string first = lower(owner.name), second = lower(a.target);
      if (second < first) std::swap(first, second);
      set_default(a.through, camel_case(first + "_" + second));
      set_default(a.source_key, key_or_id(&owner));
      set_default(a.target_key, key_or_id(find(a.target)));
      set_default(a.foreign_key, camel_case(singularize(owner.name) + "_" + a.source_key));
      set_default(a.other_key, camel_case(singularize(a.target) + "_" + a.target_key));
      if (a.through == a.target)
        throw bad_request(fmt::format("field \"{}\" of \"{}\": through must not be the target collection",
                                      field.name, owner.name));
      break;
    }
    case FieldType::belongs_to_array:
      set_default(a.target, field.name);
      set_default(a.target_key, key_or_id(find(a.target)));
      set_default(a.foreign_key, camel_case(singularize(field.name) + "_" + a.target_key + "s"));
      break;
    default:
      break;
  }
}

void Schema::add_foreign_keys(Collection& owner, Field& field) {
  const Association& a = field.association;
  auto add = [&](Collection& to, const std::string& name, std::string_view type) {
    if (to.view || to.find(name)) return;
    Field& key = to.put(foreign_key_field(name, type, rules_.underscored));
    key.hidden = type == "set";  // a list of keys is shown through its association, or when it is declared
  };
  auto type_of = [&](const Collection* c, const std::string& key) {
    return foreign_key_type(c ? c->find(key) : nullptr);
  };
  auto target = collections_.find(a.target);
  switch (field.type) {
    case FieldType::belongs_to:
      add(owner, a.foreign_key, type_of(find(a.target), a.target_key));
      break;
    case FieldType::belongs_to_array:
      add(owner, a.foreign_key, "set");
      break;
    case FieldType::has_one:
    case FieldType::has_many:
      if (target != collections_.end()) add(target->second, a.foreign_key, type_of(&owner, a.source_key));
      break;
    case FieldType::belongs_to_many: {
      if (target == collections_.end()) break;
      auto through = collections_.find(a.through);
      if (through == collections_.end()) {
        JsonObject definition{{"name", a.through}, {"autoGenId", false}, {"timestamps", true}};
        Collection made = build_collection(definition, rules_, false);
        made.through = true;
        through = collections_.emplace(a.through, std::move(made)).first;
      }
      add(through->second, a.foreign_key, type_of(&owner, a.source_key));
      add(through->second, a.other_key, type_of(&target->second, a.target_key));
      if (through->second.through && through->second.unique_together.empty())
        through->second.unique_together.push_back({a.foreign_key, a.other_key});
      break;
    }
    default:
      break;
  }
}

void Schema::add_references(const Collection& owner, const Field& field) {
  const Association& a = field.association;
  const bool chosen = field.option("onDelete") != nullptr;
  switch (field.type) {
    case FieldType::belongs_to:
      refer(a.target, {owner.name, a.foreign_key, a.target_key, a.on_delete, chosen});
      break;
    case FieldType::has_one:
    case FieldType::has_many:
      refer(owner.name, {a.target, a.foreign_key, a.source_key, a.on_delete, chosen});
      break;
    case FieldType::belongs_to_many:
      refer(owner.name, {a.through, a.foreign_key, a.source_key, OnDelete::cascade, false});
      refer(a.target, {a.through, a.other_key, a.target_key, OnDelete::cascade, false});
      break;
    default:
      break;
  }
}

void Schema::refer(std::string_view target, Reference reference) {
  if (!find(reference.collection)) return;
  std::vector<Reference>& all = references_[std::string(target)];
  auto same = std::ranges::find_if(all, [&](const Reference& r) {
    return r.collection == reference.collection && r.foreign_key == reference.foreign_key &&
           r.key == reference.key;
  });
  if (same == all.end()) {
    all.push_back(std::move(reference));
  } else if (reference.chosen && (!same->chosen || reference.on_delete == OnDelete::cascade)) {
    *same = std::move(reference);
  }
}

const Collection* Schema::find(std::string_view name) const {
  auto at = collections_.find(name);
  return at == collections_.end() ? nullptr : &at->second;
}

const Collection& Schema::collection(std::string_view name) const {
  if (const Collection* c = find(name)) return *c;
  throw not_found();
}

const std::vector<Reference>& Schema::references(std::string_view collection) const {
  static const std::vector<Reference> kNone;
  auto at = references_.find(collection);
  return at == references_.end() ? kNone : at->second;
}

void check_key_types(const Schema& schema, const Collection& owner, const Field& association) {
  const Association& a = association.association;
  const Collection* target = schema.target(association);
  if (!target) return;
  auto check = [&](const Collection* holder, const std::string& foreign_key, const Collection* keyed,
                   const std::string& key) {
    const Field* from = holder ? holder->find(foreign_key) : nullptr;
    const Field* to = keyed ? keyed->find(key) : nullptr;
    if (!from || !to || from->values == to->values) return;
    auto numeric = [](const Field* f) {
      return f->values == ValueClass::integer || f->values == ValueClass::number;
    };
    if (numeric(from) && numeric(to)) return;
    throw bad_request(fmt::format("foreign key \"{}\" is of type {}, but key \"{}\" of \"{}\" is of type {}",
                                  foreign_key, field_type_info(from->type).name, key, keyed->name,
                                  field_type_info(to->type).name));
  };
  auto need = [&](const Collection& keyed, const std::string& key) {
    const Field* field = keyed.find(key);
    if (!field || field->column.empty())
      throw bad_request(fmt::format("association \"{}\" of \"{}\": collection \"{}\" has no key \"{}\"",
                                    association.name, owner.name, keyed.name, key));
  };
  switch (association.type) {
    case FieldType::belongs_to:
      check(&owner, a.foreign_key, target, a.target_key);
      break;
    case FieldType::has_one:
    case FieldType::has_many:
      check(target, a.foreign_key, &owner, a.source_key);
      break;
    case FieldType::belongs_to_many:
      need(owner, a.source_key);
      need(*target, a.target_key);
      check(schema.through(association), a.foreign_key, &owner, a.source_key);
      check(schema.through(association), a.other_key, target, a.target_key);
      break;
    default:
      break;
  }
}

}  // namespace flotilla::data
