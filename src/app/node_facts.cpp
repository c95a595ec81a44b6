#include "app/node_facts.hpp"

#include <unistd.h>

#include "app/join_check.hpp"
#include "app/storage_marker.hpp"
#include "base/version.hpp"
#include "cluster/registry/fingerprint.hpp"

namespace flotilla::app {

namespace {

constexpr std::size_t kNodeIdLength = 11;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

std::map<std::string, std::string> must_match(const Settings& settings) {
  return {{"APP_KEY", settings.app_key},
          {"API_BASE_PATH", settings.api_base_path},
          {"WS_PATH", settings.ws_path},
          {"DB_TABLE_PREFIX", settings.database.table_prefix},
          {"DB_UNDERSCORED", settings.database.underscored ? "true" : "false"},
          {"DB_TIMEZONE", std::to_string(settings.zone_minutes)},
          {"JWT_EXPIRES_IN", std::to_string(settings.jwt_expires_in.count())},
          {"CACHE_DEFAULT_STORE", settings.cluster.cache.adapter},
          {"FLOTILLA_WORKER_ID_LEASE_MS", std::to_string(settings.cluster.worker_id_lease.count())},
          {"REDIS_URL", settings.cluster.worker_id.url}};
}

cluster::NodeRecord describe_node(const Settings& settings, const std::string& secret, Random& random) {
  cluster::NodeRecord node;
  node.id = random_uid(random, kNodeIdLength);
  node.host = host_name();
  node.pid = ::getpid();
  node.version = version();
  node.mode = settings.worker_mode.text();
  node.adapters = adapters_of(settings.cluster);
  node.fingerprint = cluster::fingerprint(must_match(settings), secret);
  node.storage_marker = storage_marker(settings.storage, random);
  node.started_at = Clock::system().now();
  return node;
}

}  // namespace flotilla::app
