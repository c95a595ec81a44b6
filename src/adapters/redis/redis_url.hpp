#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flotilla::redis {

/// Where a Redis is, as a variable names it: `redis://[user[:password]@]host[:port][/db]`, or
/// `unix://[user[:password]@]/path/to.sock[?db=n]`. User and password may be percent-encoded;
/// `redis://:secret@host` is the default user's password.
struct RedisUrl {
  std::string variable;  ///< where it came from: "QUEUE_ADAPTER_REDIS_URL"
  std::string host;      ///< empty for a socket
  std::uint16_t port = 6379;
  std::string socket;  ///< path of a unix socket; empty for TCP
  std::string user;    ///< empty: the default user
  std::string password;
  int database = 0;

  /// Throws SettingError naming the variable, and never showing the password. `rediss://` is refused: this
  /// build speaks no TLS to Redis.
  static RedisUrl parse(std::string_view variable, std::string_view url);

  /// "127.0.0.1:6379/0" or "/run/redis.sock/0": no user, no password.
  std::string shown() const;
  /// What errors call it: "Redis (QUEUE_ADAPTER_REDIS_URL)".
  std::string service() const { return "Redis (" + variable + ")"; }
  /// Equal for URLs that mean the same server, database and user, whichever variable they came from.
  bool same_server(const RedisUrl& other) const;
};

}  // namespace flotilla::redis
