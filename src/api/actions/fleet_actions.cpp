#include "api/actions/system_actions.hpp"
#include "api/services.hpp"
#include "cluster/registry/registry.hpp"
#include "data/value/date_time.hpp"

namespace flotilla::api {
namespace {

JsonObject present(const cluster::NodeRecord& node) {
  JsonObject adapters;
  for (const auto& [function, adapter] : node.adapters) adapters[function] = adapter;
  return {{"id", node.id},
          {"host", node.host},
          {"pid", node.pid},
          {"version", node.version},
          {"mode", node.mode},
          {"workerId", node.worker_id ? Json(*node.worker_id) : Json(nullptr)},
          {"adapters", std::move(adapters)},
          {"schemaEpoch", node.schema_epoch},
          {"schemaHash", node.schema_hash},
          {"startedAt", data::iso_text(node.started_at.time_since_epoch().count())},
          {"lastSeen", data::iso_text(node.last_seen.time_since_epoch().count())}};
}

/// `fleet:nodes`: who is there, oldest first, seen from the main database.
Task<std::string> nodes(Context& context) {
  const std::vector<cluster::NodeRecord> alive = co_await context.services.nodes.alive();
  JsonArray data;
  for (const cluster::NodeRecord& node : alive) data.push_back(present(node));
  co_return json::dump(JsonObject{{"data", std::move(data)}, {"meta", JsonObject{{"count", alive.size()}}}});
}

}  // namespace

void register_fleet_actions(ActionRegistry& registry) { registry.add("fleet:nodes", Access::granted, nodes); }

}  // namespace flotilla::api
