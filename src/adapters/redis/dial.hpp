#pragma once

#include <boost/asio/generic/stream_protocol.hpp>

#include "adapters/redis/redis_url.hpp"
#include "cluster/time.hpp"
#include "runtime/task.hpp"

namespace flotilla::redis {

using Socket = boost::asio::generic::stream_protocol::socket;

/// Resolves the name, without blocking the loop, and connects to the first address that answers. Throws
/// Unavailable (network, timeout) by `deadline` at the latest.
Task<Socket> dial(RedisUrl url, cluster::Monotonic deadline);

}  // namespace flotilla::redis
