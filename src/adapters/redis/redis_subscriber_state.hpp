#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/link.hpp"
#include "adapters/redis/redis_subscriber.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::redis {

/// What a subscriber is besides its door. All but abandon() and standing() on its executor.
class RedisSubscriber::State : public std::enable_shared_from_this<State> {
 public:
  State(boost::asio::any_io_executor executor, RedisUrl url, Listener listener,
        std::vector<std::string> channels, Options options);

  void start();
  Task<bool> subscribe(std::string channel, Millis wait);
  void unsubscribe(const std::string& channel);
  Task<void> finish();
  void abandon();
  bool standing() const { return standing_.load(std::memory_order_acquire); }

  const boost::asio::any_io_executor executor;

 private:
  /// A channel somebody wants. It is on when the server confirmed the last thing we said about it.
  struct Channel {
    int users = 0;
    int unanswered = 0;
    bool confirmed = false;
    bool on() const { return confirmed && unanswered == 0; }
  };

  static Task<void> supervise(std::shared_ptr<State> self);
  Task<std::shared_ptr<Link>> open_link();
  void take(Reply reply);
  void answered(const std::string& channel, bool subscribed);
  void say(const char* what, const std::string& channel);
  void check_standing();
  void fall();

  const RedisUrl url_;
  const Options options_;
  const Listener listener_;
  std::map<std::string, Channel> channels_;
  std::shared_ptr<Link> link_;
  std::atomic<bool> standing_{false};
  std::atomic<bool> silent_{false};
  bool told_ = false;
  Wakeup changed_;
  TaskGroup tasks_;
};

}  // namespace flotilla::redis
