#pragma once

#include <string>
#include <string_view>

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

/// The first number of a version; 0 when there is none.
int major_version(std::string_view version);

}  // namespace flotilla::redis
