#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/redis/redis_client.hpp"
#include "adapters/redis/redis_subscriber.hpp"

namespace flotilla::redis {

/// All connections of a process to Redis: one client for each server and purpose ("cache", "lock"), so that a
/// large answer to one does not stand before a small one to another, and the subscribers. Warns when a
/// connection stands, once a server, of what concerns() says. Thread-safe.
class RedisConnections {
 public:
  /// `executor` runs one handler at a time; all connections live on it.
  explicit RedisConnections(boost::asio::any_io_executor executor, ClientOptions options = {});
  ~RedisConnections();
  RedisConnections(const RedisConnections&) = delete;
  RedisConnections& operator=(const RedisConnections&) = delete;

  /// The same client for the same server and purpose. Throws Unavailable after close().
  std::shared_ptr<RedisClient> client(const RedisUrl& url, const std::string& purpose, Keeping keeping);
  std::shared_ptr<RedisSubscriber> subscriber(const RedisUrl& url, const std::string& purpose,
                                              RedisSubscriber::Listener listener,
                                              std::vector<std::string> channels = {});

  /// Subscribers first, then clients, the youngest first. Idempotent.
  Task<void> close();

 private:
  struct Server;
  struct Known;

  std::shared_ptr<Server> server_of(const RedisUrl& url);
  void check_open(const RedisUrl& url) const;
  ClientOptions options_of(const std::string& purpose) const;

  boost::asio::any_io_executor executor_;
  ClientOptions options_;
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::shared_ptr<Server>> servers_;
  std::vector<Known> clients_;
  std::vector<std::shared_ptr<RedisSubscriber>> subscribers_;
};

}  // namespace flotilla::redis
