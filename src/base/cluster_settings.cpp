#include "base/cluster_settings.hpp"

#include "base/cluster_mode.hpp"

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

/// What several processes of one start do without being told; alone a process needs nobody else. What is
/// chosen in spite of that would let them work past each other.
std::string choose_shared(const Environment& env, std::string_view name, std::string_view in_process,
                          bool several, std::initializer_list<std::string_view> allowed) {
  const std::string adapter = env.choice(name, several ? "database" : in_process, allowed);
  if (several && adapter == in_process)
    throw SettingError(name, adapter,
                       "database or a server: with CLUSTER_MODE several processes share the work");
  return adapter;
}

AdapterChoice choose_pubsub(const Environment& env, bool several) {
  // As in NocoBase the address alone selects Redis.
  const bool has_url = env.find("PUBSUB_ADAPTER_REDIS_URL") != nullptr;
  const std::string adapter =
      has_url ? env.choice("PUBSUB_ADAPTER", "redis", {"memory", "database", "redis"})
              : choose_shared(env, "PUBSUB_ADAPTER", "memory", several, {"memory", "database", "redis"});
  if (adapter == "redis") return on_redis(env, "PUBSUB_ADAPTER", "PUBSUB_ADAPTER_REDIS_URL");
  if (has_url)
    throw SettingError("PUBSUB_ADAPTER_REDIS_URL",
                       "is set, but PUBSUB_ADAPTER is " + adapter + "; leave one of them out");
  return {adapter, {}, {}};
}

AdapterChoice choose_queue(const Environment& env, bool several) {
  const std::string adapter =
      choose_shared(env, "QUEUE_ADAPTER", "memory", several, {"memory", "database", "redis", "rabbitmq"});
  if (adapter == "redis") return on_redis(env, "QUEUE_ADAPTER", "QUEUE_ADAPTER_REDIS_URL");
  if (adapter != "rabbitmq") return {adapter, {}, {}};
  const std::string variable = "QUEUE_ADAPTER_RABBITMQ_URL";
  if (!env.find(variable)) throw SettingError(variable, "is missing: QUEUE_ADAPTER=rabbitmq needs it");
  return {adapter, env.url(variable, {"amqp", "amqps"}), variable};
}

AdapterChoice choose_lock(const Environment& env, bool several) {
  const std::string adapter =
      choose_shared(env, "LOCK_ADAPTER_DEFAULT", "local", several, {"local", "database", "redis"});
  if (adapter == "redis") return on_redis(env, "LOCK_ADAPTER_DEFAULT", "LOCK_ADAPTER_REDIS_URL");
  return {adapter, {}, {}};
}

AdapterChoice choose_worker_id(const Environment& env) {
  if (!env.find("REDIS_URL")) return {"database", {}, {}};
  return {"redis", env.url("REDIS_URL", {"redis", "rediss", "unix"}), "REDIS_URL"};
}

}  // namespace

ClusterSettings cluster_settings(const Environment& env) {
  const unsigned processes = processes_of(env);
  const bool several = processes > 1;
  return {
      .processes = processes,
      .cache = choose_cache(env),
      .pubsub = choose_pubsub(env, several),
      .queue = choose_queue(env, several),
      .lock = choose_lock(env, several),
      .worker_id = choose_worker_id(env),
      .cache_items_max = static_cast<std::size_t>(env.integer("CACHE_MEMORY_MAX", 2000, 1, 100'000'000)),
      .signal_lease = env.duration("FLOTILLA_SIGNAL_LEASE_MS", 1s, 100ms, 1h),
      .worker_id_lease = env.duration("FLOTILLA_WORKER_ID_LEASE_MS", 10s, 1s, 1h),
      .queue_lease = env.duration("FLOTILLA_QUEUE_LEASE_MS", 15s, 1s, 24h),
      .ready_deadline = env.duration("FLOTILLA_READY_DEADLINE_MS", 5min, 1s, 24h),
      .drain_delay = env.duration("FLOTILLA_DRAIN_DELAY_MS", 0ms, 0ms, 1h),
      .drain_deadline = env.duration("FLOTILLA_DRAIN_DEADLINE_MS", 10s, 0ms, 1h),
  };
}

}  // namespace flotilla
