#include "adapters/redis/server_info.hpp"

#include <charconv>

namespace flotilla::redis {

void ServerInfo::merge(std::string_view info) {
  while (!info.empty()) {
    const auto end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info = end == std::string_view::npos ? std::string_view{} : info.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon), value = line.substr(colon + 1);
    if (name == "redis_version") version = value;
    if (name == "run_id") run_id = value;
    if (name == "redis_mode") mode = value;
    if (name == "maxmemory_policy") maxmemory_policy = value;
    if (name == "aof_enabled") append_only = value == "1";
    if (name == "loading") loading = value == "1";
  }
}

std::vector<std::string> concerns(const ServerInfo& info, Keeping keeping) {
  std::vector<std::string> lines;
  const int major = major_version(info.version);
  if (major > 0 && major < kRecommendedVersion)
    lines.push_back("Redis " + info.version + " is older than the recommended " +
                    std::to_string(kRecommendedVersion) + ".0");
  if (keeping == Keeping::durable && !info.maxmemory_policy.empty() && info.maxmemory_policy != "noeviction")
    lines.push_back(
        "Redis may drop locks, leases, queues and signals when its memory is full: maxmemory-policy is " +
        info.maxmemory_policy + ", set it to noeviction");
  return lines;
}

int major_version(std::string_view version) {
  int number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  return number;
}

}  // namespace flotilla::redis
