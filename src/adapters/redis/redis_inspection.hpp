#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <optional>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "base/clock.hpp"

namespace flotilla::redis {

/// What `flotilla doctor` wants to know of a Redis.
struct Inspection {
  std::optional<cluster::Unavailable::Why> failed;  ///< empty: it answers
  std::string error;                                ///< one line, without secrets
  ServerInfo server;
  std::string snapshots;             ///< CONFIG GET save: "3600 1 300 100"; empty: none, or not told
  std::optional<Millis> clock_skew;  ///< the server's clock minus ours
  std::optional<std::chrono::microseconds> round_trip;  ///< the shortest of a few PINGs
};

/// Connects, looks and disconnects; ends within `limit` and throws nothing.
Task<Inspection> inspect(RedisUrl url, Millis limit, const Clock& clock = Clock::system());

}  // namespace flotilla::redis
