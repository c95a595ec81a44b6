#include "base/cluster_settings.hpp"

namespace flotilla {

namespace {

using namespace std::chrono_literals;

/// `own`, or else REDIS_URL. Throws when neither is set.
AdapterChoice on_redis(const Environment& env, std::string_view chooser, const std::string& own) {
  for (const std::string& name : {own, std::string("REDIS_URL")})
    if (env.find(name)) return {"redis", env.url(name, {"redis", "rediss", "unix"}), name};
  throw SettingError(own, "is missing: " + std::string(chooser) + "=redis needs it, or REDIS_URL");
}

AdapterChoice choose_cache(const Environment& env) {
  const std::string store = env.choice("CACHE_DEFAULT_STORE", "memory", {"memory", "redis"});
  if (store == "redis") return on_redis(env, "CACHE_DEFAULT_STORE", "CACHE_REDIS_URL");
  return {store, {}, {}};
}

AdapterChoice choose_pubsub(const Environment& env) {
  // As in NocoBase the address alone selects Redis.
  const bool has_url = env.find("PUBSUB_ADAPTER_REDIS_URL") != nullptr;
  const std::string adapter =
      env.choice("PUBSUB_ADAPTER", has_url ? "redis" : "memory", {"memory", "database", "redis"});
  if (adapter == "redis") return on_redis(env, "PUBSUB_ADAPTER", "PUBSUB_ADAPTER_REDIS_URL");
  if (has_url)
    throw SettingError("PUBSUB_ADAPTER_REDIS_URL",
                       "is set, but PUBSUB_ADAPTER is " + adapter + "; leave one of them out");
  return {adapter, {}, {}};
}

AdapterChoice choose_queue(const Environment& env) {
  const std::string adapter =
      env.choice("QUEUE_ADAPTER", "memory", {"memory", "database", "redis", "rabbitmq"});
  if (adapter == "redis") return on_redis(env, "QUEUE_ADAPTER", "QUEUE_ADAPTER_REDIS_URL");
  if (adapter != "rabbitmq") return {adapter, {}, {}};
  const std::string variable = "QUEUE_ADAPTER_RABBITMQ_URL";
  if (!env.find(variable)) throw SettingError(variable, "is missing: QUEUE_ADAPTER=rabbitmq needs it");
  return {adapter, env.url(variable, {"amqp", "amqps"}), variable};
}

AdapterChoice choose_lock(const Environment& env) {
  const std::string adapter = env.choice("LOCK_ADAPTER_DEFAULT", "local", {"local", "database", "redis"});
  if (adapter == "redis") return on_redis(env, "LOCK_ADAPTER_DEFAULT", "LOCK_ADAPTER_REDIS_URL");
  return {adapter, {}, {}};
}

AdapterChoice choose_worker_id(const Environment& env) {
  if (!env.find("REDIS_URL")) return {"database", {}, {}};
  return {"redis", env.url("REDIS_URL", {"redis", "rediss", "unix"}), "REDIS_URL"};
}

}  // namespace

ClusterSettings cluster_settings(const Environment& env) {
  return {
      .cache = choose_cache(env),
      .pubsub = choose_pubsub(env),
      .queue = choose_queue(env),
      .lock = choose_lock(env),
      .worker_id = choose_worker_id(env),
      .cache_items_max = static_cast<std::size_t>(env.integer("CACHE_MEMORY_MAX", 2000, 1, 100'000'000)),
      .signal_lease = env.duration("FLOTILLA_SIGNAL_LEASE_MS", 1s, 100ms, 1h),
      .worker_id_lease = env.duration("FLOTILLA_WORKER_ID_LEASE_MS", 10s, 1s, 1h),
      .queue_lease = env.duration("FLOTILLA_QUEUE_LEASE_MS", 15s, 1s, 24h),
      .drain_deadline = env.duration("FLOTILLA_DRAIN_DEADLINE_MS", 10s, 0ms, 1h),
  };
}

}  // namespace flotilla
