#include "adapters/sql/sql_registry_record.hpp"

#include "base/json.hpp"

namespace flotilla::sql {
namespace {

using cluster::NodeRecord;

JsonObject object_of(const std::map<std::string, std::string>& texts) {
  JsonObject object;
  for (const auto& [name, value] : texts) object[name] = value;
  return object;
}

std::map<std::string, std::string> texts_of(const JsonObject& object, std::string_view name) {
  std::map<std::string, std::string> texts;
  const Json* member = json::find(object, name);
  if (!member || !member->is_object()) return texts;
  for (const auto& [key, value] : member->get_object())
    if (value.is_string()) texts.emplace(key, value.get_string());
  return texts;
}

std::optional<std::int64_t> number_of(const JsonObject& object, std::string_view name) {
  const Json* member = json::find(object, name);
  if (!member || !member->is_int64()) return std::nullopt;
  return member->get_int64();
}

UnixMs time_of(const JsonObject& object, std::string_view name) {
  return UnixMs(std::chrono::milliseconds(number_of(object, name).value_or(0)));
}

std::int64_t count(UnixMs time) { return time.time_since_epoch().count(); }

}  // namespace

std::string record_text(const NodeRecord& node) {
  JsonObject object;
  object["host"] = node.host;
  object["pid"] = node.pid;
  object["version"] = node.version;
  object["mode"] = node.mode;
  if (node.worker_id) object["workerId"] = *node.worker_id;
  object["adapters"] = object_of(node.adapters);
  object["schemaEpoch"] = node.schema_epoch;
  object["schemaHash"] = node.schema_hash;
  object["fingerprint"] = object_of(node.fingerprint);
  object["storageMarker"] = node.storage_marker;
  object["startedAt"] = count(node.started_at);
  object["ownTime"] = count(node.own_time);
  return json::dump(object);
}

NodeRecord record_of(std::string_view id, std::string_view text) {
  NodeRecord node;
  node.id = id;
  bool ok = false;
  const Json value = json::try_parse(text, &ok);
  if (!ok || !value.is_object()) return node;
  const JsonObject& object = value.get_object();
  node.host = json::text(object, "host");
  node.pid = number_of(object, "pid").value_or(0);
  node.version = json::text(object, "version");
  node.mode = json::text(object, "mode");
  if (const auto worker = number_of(object, "workerId")) node.worker_id = static_cast<int>(*worker);
  node.adapters = texts_of(object, "adapters");
  node.schema_epoch = number_of(object, "schemaEpoch").value_or(0);
  node.schema_hash = json::text(object, "schemaHash");
  node.fingerprint = texts_of(object, "fingerprint");
  node.storage_marker = json::text(object, "storageMarker");
  node.started_at = time_of(object, "startedAt");
  node.own_time = time_of(object, "ownTime");
  return node;
}

}  // namespace flotilla::sql
