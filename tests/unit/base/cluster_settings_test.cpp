#include "base/cluster_settings.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/worker_mode.hpp"

namespace flotilla {
namespace {

ClusterSettings load(Environment::Values values) { return cluster_settings(Environment(std::move(values))); }

std::string failure(Environment::Values values) {
  try {
    load(std::move(values));
  } catch (const SettingError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ClusterSettings, NothingSetNeedsNothingElse) {
  const ClusterSettings settings = load({});
  EXPECT_EQ(settings.cache.adapter, "memory");
  EXPECT_EQ(settings.pubsub.adapter, "memory");
  EXPECT_EQ(settings.queue.adapter, "memory");
  EXPECT_EQ(settings.lock.adapter, "local");
  EXPECT_EQ(settings.worker_id.adapter, "database");
  EXPECT_EQ(settings.cache_items_max, 2000u);
}

TEST(ClusterSettings, ClusterModeIsANumberOfProcesses) {
  for (const char* one : {"", "0", "1", "false", "FALSE"})
    EXPECT_EQ(load({{"CLUSTER_MODE", one}}).processes, 1u) << one;
  EXPECT_EQ(load({{"CLUSTER_MODE", "2"}}).processes, 2u);
  EXPECT_EQ(load({{"CLUSTER_MODE", "31"}}).processes, 31u);
  const unsigned cores = std::min(31u, std::max(1u, std::thread::hardware_concurrency()));
  EXPECT_EQ(load({{"CLUSTER_MODE", "max"}}).processes, cores);
  EXPECT_EQ(load({{"CLUSTER_MODE", "-1"}}).processes, std::max(1u, cores - 1));
  for (const char* bad : {"32", "two", "2x", "-2", "1.5", "true", "99999999999999999999"})
    EXPECT_EQ(failure({{"CLUSTER_MODE", bad}}),
              "CLUSTER_MODE: got \"" + std::string(bad) +
                  "\", takes max, -1 (all cores but one), or a number of processes from 0 to 31");
}

TEST(ClusterSettings, SeveralProcessesShareTheMainDatabase) {
  const ClusterSettings settings = load({{"CLUSTER_MODE", "2"}});
  EXPECT_EQ(settings.cache.adapter, "memory");
  EXPECT_EQ(settings.pubsub.adapter, "database");
  EXPECT_EQ(settings.queue.adapter, "database");
  EXPECT_EQ(settings.lock.adapter, "database");
  EXPECT_EQ(load({{"CLUSTER_MODE", "2"}, {"PUBSUB_ADAPTER_REDIS_URL", "redis://h"}}).pubsub.adapter, "redis");
  for (auto [name, value] : {std::pair{"PUBSUB_ADAPTER", "memory"},
                             {"QUEUE_ADAPTER", "memory"},
                             {"LOCK_ADAPTER_DEFAULT", "local"}})
    EXPECT_EQ(failure({{"CLUSTER_MODE", "2"}, {name, value}}),
              std::string(name) + ": got \"" + value +
                  "\", takes database or a server: with CLUSTER_MODE several processes share the work");
}

TEST(ClusterSettings, OwnAddressBeforeTheCommonOne) {
  const ClusterSettings settings = load({{"REDIS_URL", "redis://common"},
                                         {"CACHE_DEFAULT_STORE", "redis"},
                                         {"QUEUE_ADAPTER", "redis"},
                                         {"QUEUE_ADAPTER_REDIS_URL", "unix:///run/redis.sock?db=1"},
                                         {"LOCK_ADAPTER_DEFAULT", "redis"},
                                         {"PUBSUB_ADAPTER", "redis"}});
  EXPECT_EQ(settings.cache.url, "redis://common");
  EXPECT_EQ(settings.cache.url_variable, "REDIS_URL");
  EXPECT_EQ(settings.queue.url, "unix:///run/redis.sock?db=1");
  EXPECT_EQ(settings.queue.url_variable, "QUEUE_ADAPTER_REDIS_URL");
  EXPECT_EQ(settings.lock.url, "redis://common");
  EXPECT_EQ(settings.pubsub.url, "redis://common");
  EXPECT_EQ(settings.worker_id.adapter, "redis");
}

TEST(ClusterSettings, AnAddressOfSignalsSelectsRedis) {
  const ClusterSettings settings = load({{"PUBSUB_ADAPTER_REDIS_URL", "redis://h"}});
  EXPECT_EQ(settings.pubsub.adapter, "redis");
  EXPECT_EQ(settings.queue.adapter, "memory");
  EXPECT_EQ(failure({{"PUBSUB_ADAPTER_REDIS_URL", "redis://h"}, {"PUBSUB_ADAPTER", "memory"}}),
            "PUBSUB_ADAPTER_REDIS_URL: is set, but PUBSUB_ADAPTER is memory; leave one of them out");
}

TEST(ClusterSettings, RefusesByName) {
  EXPECT_EQ(failure({{"CACHE_DEFAULT_STORE", "redis"}}),
            "CACHE_REDIS_URL: is missing: CACHE_DEFAULT_STORE=redis needs it, or REDIS_URL");
  EXPECT_EQ(failure({{"QUEUE_ADAPTER", "rabbitmq"}}),
            "QUEUE_ADAPTER_RABBITMQ_URL: is missing: QUEUE_ADAPTER=rabbitmq needs it");
  EXPECT_EQ(failure({{"LOCK_ADAPTER_DEFAULT", "etcd"}}),
            "LOCK_ADAPTER_DEFAULT: got \"etcd\", takes local, database, redis");
  EXPECT_EQ(failure({{"QUEUE_ADAPTER", "kafka"}}),
            "QUEUE_ADAPTER: got \"kafka\", takes memory, database, redis, rabbitmq");
  EXPECT_NE(failure({{"REDIS_URL", "localhost"}}), "no error");
  EXPECT_NE(failure({{"CACHE_MEMORY_MAX", "0"}}), "no error");
}

TEST(WorkerMode, AsTheTableSays) {
  struct Row {
    const char* value;
    bool requests, workflow, tasks;
  };
  for (const Row& row :
       {Row{"", true, true, true}, Row{"!", true, false, false}, Row{"*", false, true, true},
        Row{"workflow:process", false, true, false},
        Row{"workflow:process,async-task:process", false, true, true},
        Row{"!,workflow:process", true, true, false}, Row{"async-task:process,!", true, false, true},
        Row{"-", false, false, false}, Row{"  ! ", true, false, false}}) {
    const WorkerMode mode = WorkerMode::parse(row.value);
    EXPECT_EQ(mode.serves_requests(), row.requests) << row.value;
    EXPECT_EQ(mode.serves("workflow:process"), row.workflow) << row.value;
    EXPECT_EQ(mode.serves("async-task:process"), row.tasks) << row.value;
  }
}

TEST(WorkerMode, UnknownServicesAreNamed) {
  for (const char* value : {"workflow", "!,*", "a", "! ,workflow:process", "workflow:process,"})
    EXPECT_THROW(WorkerMode::parse(value), SettingError) << value;
  try {
    WorkerMode::parse("workflow");
  } catch (const SettingError& error) {
    EXPECT_STREQ(
        error.what(),
        "WORKER_MODE: got \"workflow\", takes !, *, -, or a list of !, workflow:process, async-task:process");
  }
}

}  // namespace
}  // namespace flotilla
