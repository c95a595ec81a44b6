#include <map>

#include "api/actions/auth_support.hpp"
#include "api/actions/system_actions.hpp"
#include "api/actions/ui_schema_tree.hpp"
#include "api/envelope.hpp"

namespace flotilla::api {
namespace {

data::ListRequest all_rows() {
  data::ListRequest request;
  request.paginate = false;
  return request;
}

void place_node(SchemaNode& node, const JsonObject& path) {
  const Json& depth = path.at("depth");
  if (depth == 0) {
    node.async = json::truthy(path, "async");
    node.type = json::text(path, "type");
  } else {
    node.parent = json::text(path, "ancestor");
    if (const Json& sort = path.at("sort"); json::is_integer(sort))
      node.sort = sort.to_number<std::int64_t>();
  }
}

/// A node and all below it. The paths name, for each node, every node above it; depth 0 is the node itself,
/// depth 1 its parent.
Task<std::vector<SchemaNode>> read_nodes(const Context& context, std::string uid) {
  const data::RequestScope scope = context.scope();
  const data::Collection& paths = context.schema->collection("uiSchemaTreePath");
  const data::Collection& schemas = context.schema->collection("uiSchemas");
  JsonArray places;
  JsonArray bodies;
  data::Work work = [&](data::Session& session) -> Task<void> {
    places.clear();
    bodies.clear();
    data::ListRequest below = all_rows();
    below.filter = JsonObject{{"ancestor", uid}};
    const JsonArray found = co_await auth::read_rows(session, scope, paths, below);
    JsonArray uids;
    for (const Json& path : found) uids.push_back(path.as_object().at("descendant"));
    if (uids.empty()) co_return;
    data::ListRequest near = all_rows();
    near.filter = JsonObject{{"descendant", {{"$in", uids}}}, {"depth", {{"$lte", 1}}}};
    places = co_await auth::read_rows(session, scope, paths, near);
    data::ListRequest chosen = all_rows();
    chosen.keys = Json(std::move(uids));
    bodies = co_await auth::read_rows(session, scope, schemas, chosen);
  };
  co_await context.services.database.read(work);

  std::map<std::string, SchemaNode, std::less<>> nodes;
  for (const Json& row : bodies) {
    const JsonObject& body = row.as_object();
    SchemaNode node;
    node.uid = json::text(body, "x-uid");
    node.name = json::text(body, "name");
    if (const Json& schema = body.at("schema"); schema.is_object()) node.schema = schema.get_object();
    nodes.emplace(node.uid, std::move(node));
  }
  for (const Json& row : places) {
    auto node = nodes.find(json::text(row.as_object(), "descendant"));
    if (node != nodes.end()) place_node(node->second, row.as_object());
  }
  std::vector<SchemaNode> out;
  for (auto& [key, node] : nodes) out.push_back(std::move(node));
  co_return out;
}

std::string asked_uid(const Context& context) { return json::to_text(context.params.filter_by_tk); }

AsyncNodes async_nodes(const Context& context) {
  return context.params.flag("includeAsyncNode") ? AsyncNodes::shown : AsyncNodes::left_out;
}

Task<std::string> get_json_schema(Context& context) {
  const std::string uid = asked_uid(context);
  const std::vector<SchemaNode> nodes = co_await read_nodes(context, uid);
  co_return data_body(Json(ui_schema_tree(nodes, uid, async_nodes(context))));
}

/// What a page loads when it is opened: the parts that were left out of the tree it is in.
Task<std::string> get_properties(Context& context) {
  const std::string uid = asked_uid(context);
  const std::vector<SchemaNode> nodes = co_await read_nodes(context, uid);
  JsonObject tree = ui_schema_tree(nodes, uid, AsyncNodes::first_level);
  JsonObject answer;
  if (Json* properties = tree.if_contains("properties")) {
    answer["type"] = "object";
    answer["properties"] = std::move(*properties);
  }
  co_return data_body(Json(std::move(answer)));
}

Task<std::string> get_parent(Context& context) {
  data::ListRequest request = all_rows();
  request.filter = JsonObject{{"descendant", asked_uid(context)}, {"depth", 1}};
  const JsonArray paths = co_await read_collection(context, "uiSchemaTreePath", request);
  if (paths.empty()) co_return data_body(Json(JsonObject()));
  const std::string parent(json::text(paths.front().as_object(), "ancestor"));
  const std::vector<SchemaNode> nodes = co_await read_nodes(context, parent);
  co_return data_body(Json(ui_schema_tree(nodes, parent, async_nodes(context))));
}

}  // namespace

void register_ui_schema_actions(ActionRegistry& registry) {
  registry.add("uiSchemas:getJsonSchema", Access::signed_in, get_json_schema);
  registry.add("uiSchemas:getProperties", Access::signed_in, get_properties);
  registry.add("uiSchemas:getParentJsonSchema", Access::signed_in, get_parent);
  registry.add("uiSchemas:getParentProperty", Access::granted, get_parent);
}

}  // namespace flotilla::api
