#include "api/actions/route_tree.hpp"

#include <map>
#include <string>
#include <vector>

namespace flotilla::api {
namespace {

using RowsByParent = std::map<std::string, std::vector<JsonObject>, std::less<>>;

/// Takes the rows of a parent out of the map: rows in a cycle are visited once at most.
JsonArray children_of(RowsByParent& rows, std::string_view parent) {
  JsonArray out;
  auto found = rows.find(parent);
  if (found == rows.end()) return out;
  std::vector<JsonObject> own = std::move(found->second);
  rows.erase(found);
  for (JsonObject& row : own) {
    row["children"] = children_of(rows, json::to_text(row["id"]));
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

JsonArray route_tree(JsonArray rows) {
  RowsByParent by_parent;
  for (Json& row : rows) {
    JsonObject& object = row.as_object();
    const Json* parent = json::find(object, "parentId");
    const bool root = !parent || parent->is_null();
    std::string key = root ? std::string() : json::to_text(*parent);
    by_parent[std::move(key)].push_back(std::move(object));
  }
  return children_of(by_parent, "");
}

}  // namespace flotilla::api
