#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flotilla::redis {

/// What a server says of itself when a connection begins. Empty texts: it did not say (a restricted user).
struct ServerInfo {
  std::string version;           ///< "8.0.2"
  std::string run_id;            ///< another one after every start of the server
  std::string mode;              ///< "standalone", "cluster", "sentinel"
  std::string maxmemory_policy;  ///< "noeviction", "allkeys-lru"
  bool append_only = false;      ///< aof_enabled
  bool loading = false;

  /// Takes the text of INFO, of any sections.
  void merge(std::string_view info);
};

/// What the keys behind a connection are to us.
enum class Keeping {
  cache,    ///< the server may drop them at any time
  durable,  ///< locks, leases, queues, signals: they must stay
};

inline constexpr int kRecommendedVersion = 8;

/// What an operator should be warned about, a line each: an old version, an eviction policy that can drop our
/// keys.
std::vector<std::string> concerns(const ServerInfo& info, Keeping keeping);

/// The first number of a version; 0 when there is none.
int major_version(std::string_view version);

}  // namespace flotilla::redis
