// Collections that inherit from others: fields, keys and references go down, the list of who inherits goes
// up.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/error.hpp"
#include "data/schema/schema.hpp"

namespace flotilla::data {
namespace {

/// Gives `child` what it lacks of `parent`; the columns of both are the parent's.
void take_fields(Collection& child, const Collection& parent) {
  for (const Field& field : parent.fields()) {
    if (const Field* own = child.find(field.name)) {
      Field kept = *own;
      kept.inherited = true;
      child.put(std::move(kept));
      continue;
    }
    Field copy = field;
    copy.inherited = true;
    copy.implicit = true;
    child.put(std::move(copy));
  }
}

}  // namespace

void Schema::inherit() {
  std::map<std::string, int, std::less<>> state;  // 1: being looked at, 2: done
  std::function<void(Collection&)> settle = [&](Collection& c) {
    int& mark = state[c.name];
    if (mark != 0 || c.parents.empty()) return;
    mark = 1;
    std::erase_if(c.parents, [&](const std::string& name) {
      auto parent = collections_.find(name);
      if (parent == collections_.end() || parent->second.view || state[name] == 1) return true;
      settle(parent->second);
      return false;
    });
    for (const std::string& name : c.parents) {
      const Collection& parent = collections_.find(name)->second;
      take_fields(c, parent);
      c.generation = std::max(c.generation, parent.generation + 1);
      const std::vector<Reference> pointing = references(name);  // a copy: the map grows
      for (const Reference& reference : pointing) refer(c.name, reference);
      if (c.magic_attribute.empty()) c.magic_attribute = parent.magic_attribute;
    }
    set_filter_target_key(c);
    state[c.name] = 2;
  };
  for (auto& [name, c] : collections_) settle(c);
  for (auto& [name, c] : collections_) {
    std::vector<std::string> above = c.parents;
    for (std::size_t i = 0; i < above.size(); ++i) {
      Collection& ancestor = collections_.find(above[i])->second;
      if (std::ranges::find(ancestor.descendants, name) == ancestor.descendants.end())
        ancestor.descendants.push_back(name);
      above.insert(above.end(), ancestor.parents.begin(), ancestor.parents.end());
    }
  }
}

void check_inherited(const Schema& schema, const Collection& c) {
  for (const std::string& name : c.parents) {
    for (const Field& field : schema.collection(name).fields()) {
      const Field* own = c.find(field.name);
      if (!own || (own->type == field.type && own->column_kind == field.column_kind)) continue;
      throw bad_request(fmt::format(
          "Field type conflict: cannot set \"{}\" on \"{}\" to {}, parent \"{}\" type is {}", field.name,
          c.name, field_type_info(own->type).name, name, field_type_info(field.type).name));
    }
  }
}

}  // namespace flotilla::data
