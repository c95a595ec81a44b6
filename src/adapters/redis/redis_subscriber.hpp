#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/redis_client.hpp"

namespace flotilla::redis {

/// Publish/subscribe of Redis on a connection of its own, which connects by itself and again for ever. What
/// is published while there is no connection is lost: `lost` and `subscribed` tell when. Thread-safe.
class RedisSubscriber {
 public:
  /// Called on the executor, one at a time; they must not throw or block. `lost` always comes after
  /// `subscribed` and before the next one; nothing is called after close() has resumed.
  struct Listener {
    /// `payload` is a text; for `__redis__:invalidate` an array of keys or nil.
    std::function<void(const std::string& channel, const Reply& payload)> message;
    /// Every channel asked for before the connection stood is subscribed from here on.
    std::function<void()> subscribed = {};
    std::function<void()> lost = {};
    /// Called every ping_after while it stands: whatever was sent to us until `as_of` has been handed to
    /// `message`.
    std::function<void(cluster::Monotonic as_of)> alive = {};
  };
  struct Options {
    ClientOptions client = {};
    /// Sent before the subscriptions of each connection; an error reply ends it. For CLIENT TRACKING.
    std::function<std::vector<Command>(std::int64_t client_id)> prepare = {};
  };

  RedisSubscriber(boost::asio::any_io_executor executor, RedisUrl url, Listener listener,
                  std::vector<std::string> channels, Options options);
  RedisSubscriber(boost::asio::any_io_executor executor, RedisUrl url, Listener listener,
                  std::vector<std::string> channels);
  /// Ends the connection; the listener may still be called by what runs at that moment on the executor.
  ~RedisSubscriber();
  RedisSubscriber(const RedisSubscriber&) = delete;
  RedisSubscriber& operator=(const RedisSubscriber&) = delete;

  /// Resumes when the server has confirmed the subscription, or after `wait` (false); it is then asked for
  /// again with every connection. Each call counts: as many unsubscribe() end it.
  Task<bool> subscribe(std::string channel, Millis wait);
  void unsubscribe(std::string channel);
  bool subscribed() const;
  Task<void> close();

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace flotilla::redis
