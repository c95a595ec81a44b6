#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/redis/redis_client.hpp"
#include "adapters/redis/redis_subscriber.hpp"

namespace flotilla::redis {

/// What the keys behind a connection are to us.
enum class Keeping {
  cache,    ///< may be dropped by the server at any time
  durable,  ///< locks, leases, queues, signals: an eviction policy that drops them is warned about
};

/// All connections of a process to Redis: one client for each server (address, database, user), shared by all
/// who name the same one; subscribers beside them. Warns once a server, when a connection to it first stands,
/// about a version below 8.0 and about an eviction policy that can drop our keys. Thread-safe.
class RedisConnections {
 public:
  /// `executor` runs one handler at a time; all connections live on it.
  explicit RedisConnections(boost::asio::any_io_executor executor, ClientOptions options = {});
  ~RedisConnections();
  RedisConnections(const RedisConnections&) = delete;
  RedisConnections& operator=(const RedisConnections&) = delete;

  /// Errors of a shared client name the variable that asked for it first.
  std::shared_ptr<RedisClient> client(const RedisUrl& url, Keeping keeping);
  std::shared_ptr<RedisSubscriber> subscriber(const RedisUrl& url, RedisSubscriber::Listener listener,
                                              std::vector<std::string> channels = {});

  /// Subscribers first, then clients in the order they were made. Later calls throw Unavailable.
  Task<void> close();

 private:
  struct Shared;
  boost::asio::any_io_executor executor_;
  ClientOptions options_;
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::shared_ptr<Shared>> shared_;
  std::vector<std::shared_ptr<RedisSubscriber>> subscribers_;
};

}  // namespace flotilla::redis
