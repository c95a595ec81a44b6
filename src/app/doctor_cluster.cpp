#include "app/doctor_cluster.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "adapters/rabbitmq/rabbitmq_queue.hpp"
#include "adapters/redis/redis_connections.hpp"
#include "adapters/redis/redis_inspection.hpp"
#include "adapters/sql/sql_registry.hpp"
#include "app/main_database.hpp"
#include "app/node_facts.hpp"
#include "auth/jwt_secret.hpp"
#include "cluster/registry/fingerprint.hpp"
#include "cluster/registry/membership.hpp"
#include "cluster/registry/registry.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla::app {

namespace {

using ops::CheckResult;
using State = CheckResult::State;

constexpr cluster::Millis kLookMax{3'000};
constexpr cluster::Millis kSkewMax{1'000};
constexpr int kRabbitRecommended = 4;

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, "; "));
}

CheckResult check_redis(EventLoops& loops, const std::string& name, const AdapterChoice& choice,
                        redis::Keeping keeping) {
  const redis::RedisUrl url = redis::RedisUrl::parse(choice.url_variable, choice.url);
  const redis::Inspection found =
      boost::asio::co_spawn(loops.at(0), redis::inspect(url, kLookMax), boost::asio::use_future).get();
  if (found.failed) return {name, State::failed, found.error};
  std::vector<std::string> warnings = redis::concerns(found.server, keeping);
  if (found.clock_skew && std::chrono::abs(*found.clock_skew) > kSkewMax)
    warnings.push_back(
        fmt::format("its clock differs from this machine's by {} ms", found.clock_skew->count()));
  const std::string what = fmt::format("Redis {} at {}", found.server.version, url.shown());
  if (warnings.empty()) return {name, State::ok, what};
  return {name, State::warning, what + ": " + joined(warnings)};
}

CheckResult check_rabbit(const AdapterChoice& choice) {
  try {
    rabbitmq::RabbitOptions options;
    options.url = choice.url;
    options.variable = choice.url_variable;
    const std::string version = rabbitmq::inspect_rabbit(options).version;
    if (std::atoi(version.c_str()) >= kRabbitRecommended) return {"queue", State::ok, "RabbitMQ " + version};
    return {"queue", State::warning,
            fmt::format("RabbitMQ {}: {}.0 or later is recommended", version, kRabbitRecommended)};
  } catch (const std::exception& error) {
    return {"queue", State::failed, error.what()};
  }
}

std::vector<std::string> complaints(const cluster::NodeRecord& own, const cluster::NodeRecord& other) {
  std::vector<std::string> out;
  const auto skew = other.own_time - other.last_seen;
  if (std::chrono::abs(skew) > kSkewMax)
    out.push_back(fmt::format("its clock is off by {} ms", skew.count()));
  const std::vector<std::string> differ = cluster::differing_settings(own, other);
  if (!differ.empty()) out.push_back(fmt::format("differs in {}", fmt::join(differ, ", ")));
  if (own.storage_marker != other.storage_marker) out.push_back("sees another storage folder");
  return out;
}

/// Nodes that live, as the registry has them; as if this command were one of them.
CheckResult check_nodes(EventLoops& loops, const Settings& settings) {
  if (settings.database.is_file() && !std::filesystem::exists(settings.database.storage))
    return {"nodes", State::ok, "no database yet"};
  try {
    const MainDatabase main = open_main_database(settings, loops.at(0).get_executor());
    boost::asio::co_spawn(loops.at(0), await_database(*main.database, kLookMax), boost::asio::use_future)
        .get();
    sql::SqlRegistryStore store(*main.database, "main");
    auto listing = boost::asio::co_spawn(loops.at(0), store.list(), boost::asio::use_future).get();
    const auto nodes = cluster::living(std::move(listing), cluster::Registry::kAliveFor);
    if (nodes.empty()) return {"nodes", State::ok, "none running"};
    const auth::JwtSecret secret =
        auth::choose_jwt_secret({.storage = settings.storage,
                                 .app_key = settings.app_key,
                                 .always_app_key = settings.unsafe_use_default_jwt_secret,
                                 .of_fleet = !settings.cluster.pubsub.in_process()},
                                Random::system());
    const cluster::NodeRecord own = describe_node(settings, secret.key, Random::system());
    std::vector<std::string> warnings;
    for (const cluster::NodeRecord& node : nodes) {
      for (const std::string& complaint : complaints(own, node))
        warnings.push_back(
            fmt::format("node {} (host {}, pid {}) {}", node.id, node.host, node.pid, complaint));
    }
    const std::string what = fmt::format("{} running", nodes.size());
    if (warnings.empty()) return {"nodes", State::ok, what};
    return {"nodes", State::warning, what + ": " + joined(warnings)};
  } catch (const cluster::Unavailable& error) {
    // Of a table that is not there.
    if (error.why == cluster::Unavailable::Why::refused)
      return {"nodes", State::ok, "none has announced itself yet"};
    return {"nodes", State::failed, error.what()};
  } catch (const std::exception& error) {
    return {"nodes", State::failed, error.what()};
  }
}

}  // namespace

std::vector<CheckResult> examine_cluster(const Settings& settings) {
  EventLoops loops(1);
  loops.run();
  std::vector<CheckResult> out;
  const ClusterSettings& c = settings.cluster;
  if (c.cache.adapter == "redis") out.push_back(check_redis(loops, "cache", c.cache, redis::Keeping::cache));
  if (c.pubsub.adapter == "redis")
    out.push_back(check_redis(loops, "signals", c.pubsub, redis::Keeping::durable));
  if (c.queue.adapter == "redis")
    out.push_back(check_redis(loops, "queue", c.queue, redis::Keeping::durable));
  if (c.queue.adapter == "rabbitmq") out.push_back(check_rabbit(c.queue));
  if (c.lock.adapter == "redis") out.push_back(check_redis(loops, "locks", c.lock, redis::Keeping::durable));
  if (c.worker_id.adapter == "redis")
    out.push_back(check_redis(loops, "worker ids", c.worker_id, redis::Keeping::durable));
  out.push_back(check_nodes(loops, settings));
  loops.stop();
  loops.join();
  return out;
}

}  // namespace flotilla::app
