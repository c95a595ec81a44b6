#include "api/read_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

using Segments = std::vector<std::string>;

/// The collection behind an association that may be followed; null when it leads nowhere.
const data::Collection* follow(Rights& rights, const data::Collection& c, const data::Field& association) {
  rights.require_read(c, association);
  const data::Collection* target = rights.schema().target(association);
  if (target && !rights.may_view(*target))
    throw forbidden(fmt::format("No permissions: \"{}\" of \"{}\" leads to \"{}\", which may not be read",
                                association.name, c.name, target->name));
  return target;
}

void check_entry(Rights& rights, const data::Collection& c, std::string_view key, const Json& value);

void check_object(Rights& rights, const data::Collection& c, const Json& value) {
  if (value.is_array()) {
    for (const Json& item : value.get_array()) check_object(rights, c, item);
  } else if (value.is_object()) {
    for (const auto& [key, item] : value.get_object()) check_entry(rights, c, key, item);
  }
}

void check_entry(Rights& rights, const data::Collection& c, std::string_view key, const Json& value) {
  const data::Collection* at = &c;
  for (const std::string& segment : split(key, '.')) {
    if (segment.starts_with('$')) {
      // A group below an association speaks of the target's fields, an operator of the field before it.
      if (segment == "$and" || segment == "$or" || segment == "$not") check_object(rights, *at, value);
      return;
    }
    const data::Field* field = at->find(segment);
    if (!field) return;
    if (!field->is_association()) return rights.require_read(*at, *field);
    at = follow(rights, *at, *field);
    if (!at) return;
  }
  check_object(rights, *at, value);
}

void check_path(Rights& rights, const data::Collection& c, const Segments& path) {
  const data::Collection* at = &c;
  for (const std::string& segment : path) {
    const data::Field* field = at->find(segment);
    if (!field) return;
    if (!field->is_association()) return rights.require_read(*at, *field);
    at = follow(rights, *at, *field);
    if (!at) return;
  }
}

Segments path_of(const Json& item) {
  const Json* field = item.is_object() ? json::find(item.get_object(), "field") : nullptr;
  if (field && field->is_string()) return split(std::string_view(field->get_string()), '.');
  Segments out;
  if (field && field->is_array()) {
    for (const Json& segment : field->get_array()) out.push_back(json::to_text(segment));
  }
  return out;
}

/// True when nothing on the path keeps it from being read; asks no rights beyond the first that is missing.
bool may_read_path(Rights& rights, const data::Collection& c, const Segments& path) {
  const data::Collection* at = &c;
  for (std::string_view segment : path) {
    const data::Field* field = at->find(segment.substr(0, segment.find('(')));
    if (!field) return true;
    if (!rights.may_read(*at, *field)) return false;
    if (!field->is_association()) return true;
    at = rights.schema().target(*field);
    if (!at) return true;
    if (!rights.may_view(*at)) return false;
  }
  return true;
}

std::string name_of(const Segments& path) { return join(path, "."); }

}  // namespace

void check_filter(Rights& rights, const data::Collection& collection, const Json& filter) {
  check_object(rights, collection, filter);
}

void check_sort(Rights& rights, const data::Collection& collection, const NameList& sort) {
  for (std::string_view term : sort) {
    if (term.starts_with('-') || term.starts_with('+')) term.remove_prefix(1);
    check_path(rights, collection, split(term, '.'));
  }
}

void check_paths(Rights& rights, const data::Collection& collection, const NameList& paths) {
  for (std::string_view path : paths) check_path(rights, collection, split(path, '.'));
}

void narrow_query(Rights& rights, const data::Collection& collection, JsonObject& query) {
  Segments dropped;
  std::size_t left = 0;
  for (std::string_view list : {"measures", "dimensions"}) {
    Json* items = query.if_contains(list);
    if (!items || !items->is_array()) continue;
    JsonArray kept;
    for (Json& item : items->get_array()) {
      const Segments path = path_of(item);
      if (may_read_path(rights, collection, path))
        kept.push_back(std::move(item));
      else
        dropped.push_back(name_of(path));
    }
    left += kept.size();
    *items = std::move(kept);
  }
  if (left == 0 && !dropped.empty())
    throw forbidden(fmt::format("No permissions: \"{}\" may not be read", fmt::join(dropped, "\", \"")));
  if (const Json* filter = json::find(query, "filter")) check_filter(rights, collection, *filter);
  if (const Json* orders = json::find(query, "orders"); orders && orders->is_array()) {
    for (const Json& item : orders->get_array()) check_path(rights, collection, path_of(item));
  }
}

void narrow_appends(Rights& rights, const data::Collection& collection, NameList& paths) {
  std::erase_if(paths, [&](const std::string& path) {
    return !may_read_path(rights, collection, split(std::string_view(path), '.'));
  });
}

void narrow_fields(Rights& rights, const data::Collection& collection, NameList& fields) {
  std::erase_if(fields, [&](const std::string& path) {
    const data::Field* field = collection.find(path);
    if (field && !field->is_association()) return false;
    return !may_read_path(rights, collection, split(std::string_view(path), '.'));
  });
}

}  // namespace flotilla::api
