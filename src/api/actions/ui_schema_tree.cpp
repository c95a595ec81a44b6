#include "api/actions/ui_schema_tree.hpp"

#include <algorithm>
#include <map>

namespace flotilla::api {
namespace {

using Children = std::map<std::string_view, std::vector<const SchemaNode*>>;

JsonObject body_of(const SchemaNode& node) {
  JsonObject out = node.schema;
  out["x-uid"] = node.uid;
  out["x-async"] = node.async;
  if (node.sort) out["x-index"] = *node.sort;
  return out;
}

void add_children(JsonObject& out, const SchemaNode& node, Children& children, AsyncNodes async) {
  auto found = children.find(node.uid);
  if (found == children.end()) return;
  const std::vector<const SchemaNode*> own = std::move(found->second);
  children.erase(found);  // each node once, also when the stored paths form a cycle
  const AsyncNodes below = async == AsyncNodes::first_level ? AsyncNodes::left_out : async;
  JsonObject properties;
  JsonArray items;
  for (const SchemaNode* child : own) {
    if (child->async && async == AsyncNodes::left_out) continue;
    JsonObject body = body_of(*child);
    add_children(body, *child, children, below);
    if (child->type == "items")
      items.push_back(std::move(body));
    else
      properties[child->name] = std::move(body);
  }
  if (!properties.empty()) out["properties"] = std::move(properties);
  if (items.size() == 1)
    out["items"] = std::move(items.front());
  else if (!items.empty())
    out["items"] = std::move(items);
}

}  // namespace

JsonObject ui_schema_tree(const std::vector<SchemaNode>& nodes, std::string_view root, AsyncNodes async) {
  Children children;
  const SchemaNode* top = nullptr;
  for (const SchemaNode& node : nodes) {
    if (node.uid == root)
      top = &node;
    else if (!node.parent.empty())
      children[node.parent].push_back(&node);
  }
  if (!top) return {};
  auto place = [](const SchemaNode* node) {
    return std::pair(node->sort.value_or(0), std::string_view(node->uid));
  };
  for (auto& [parent, own] : children) std::ranges::sort(own, {}, place);
  JsonObject out = body_of(*top);
  out["name"] = top->name;
  add_children(out, *top, children, async);
  return out;
}

}  // namespace flotilla::api
