#include "app/join_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace flotilla::app {

namespace {

constexpr std::array kShared = {
    SharedFunction{"pubsub", "PUBSUB_ADAPTER", "database or redis"},
    SharedFunction{"queue", "QUEUE_ADAPTER", "database, redis or rabbitmq"},
    SharedFunction{"lock", "LOCK_ADAPTER_DEFAULT", "database or redis"},
};

bool in_process(const std::string& adapter) { return adapter == "memory" || adapter == "local"; }

std::string adapter_of(const std::map<std::string, std::string>& adapters, const char* function) {
  const auto found = adapters.find(function);
  return found == adapters.end() ? "memory" : found->second;
}

std::string called(const cluster::NodeRecord& node) {
  return fmt::format("node {} (host {}, pid {})", node.id, node.host, node.pid);
}

}  // namespace

std::optional<std::string> why_not_join(const std::map<std::string, std::string>& own_adapters,
                                        const std::vector<cluster::NodeRecord>& others) {
  for (const cluster::NodeRecord& other : others) {
    for (const SharedFunction& function : kShared) {
      const std::string mine = adapter_of(own_adapters, function.name);
      const std::string theirs = adapter_of(other.adapters, function.name);
      if (in_process(mine))
        return fmt::format(
            "{}={} stays inside this process, but {} works on the same database: set {} to {} on every node",
            function.variable, mine, called(other), function.variable, function.shared);
      if (in_process(theirs))
        return fmt::format(
            "{} works on the same database with {}={}, which stays inside its process: set it to {} there "
            "and "
            "start it again before this one",
            called(other), function.variable, theirs, function.shared);
      if (mine != theirs)
        return fmt::format("{}={} here, but {} has {}: all nodes need the same", function.variable, mine,
                           called(other), theirs);
    }
  }
  return std::nullopt;
}

std::optional<std::string> why_not_trusted(const cluster::NodeRecord& own,
                                           const std::vector<cluster::NodeRecord>& others) {
  for (const cluster::NodeRecord& other : others) {
    const bool agrees = std::ranges::any_of(own.fingerprint, [&](const auto& entry) {
      const auto theirs = other.fingerprint.find(entry.first);
      return theirs != other.fingerprint.end() && theirs->second == entry.second;
    });
    if (!agrees && !own.fingerprint.empty() && !other.fingerprint.empty())
      return fmt::format(
          "{} signs tokens with another secret: set the same APP_KEY on every node, and let none of them "
          "have "
          "a jwt_secret.dat of its own in its storage folder",
          called(other));
  }
  return std::nullopt;
}

std::map<std::string, std::string> adapters_of(const ClusterSettings& settings) {
  return {{"cache", settings.cache.adapter},
          {"pubsub", settings.pubsub.adapter},
          {"queue", settings.queue.adapter},
          {"lock", settings.lock.adapter},
          {"workerId", settings.worker_id.adapter}};
}

}  // namespace flotilla::app
