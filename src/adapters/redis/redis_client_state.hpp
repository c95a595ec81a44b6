#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/redis/backoff.hpp"
#include "adapters/redis/link.hpp"
#include "adapters/redis/redis_client.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::redis {

/// What a client is besides its door. Shared with its coroutines, so that it may end before they do.
class RedisClient::State : public std::enable_shared_from_this<State> {
 public:
  State(boost::asio::any_io_executor executor, RedisUrl url, ClientOptions options);

  void start();
  struct Call {
    std::string bytes;
    std::size_t replies = 1;
    bool gather = false;   ///< answer them all as one array
    bool checked = false;  ///< an error reply is thrown
  };
  static Task<Reply> ask(std::shared_ptr<State> self, Call call);
  Task<Reply> ask_blocking(Command command, Millis wait);
  Task<void> connect(Millis wait);
  Task<void> close();
  /// As close(), but waits for nothing. From any thread.
  void abandon();

  ServerInfo server() const;
  bool connected() const { return connected_.load(std::memory_order_acquire); }

  const boost::asio::any_io_executor executor;
  const RedisUrl url;
  const std::string service;
  const ClientOptions options;

 private:
  static constexpr const char* kClosed = "this client was closed";

  struct Early {
    std::string bytes;
    std::vector<Request> requests;
  };

  static Task<void> supervise(std::shared_ptr<State> self);
  Task<std::shared_ptr<Link>> try_connect();
  void stand(const std::shared_ptr<Link>& link);
  void fall(std::exception_ptr why);
  void drain();
  void end_everything(const std::string& reason);
  Link::Options link_options() const;
  std::exception_ptr reason() const;
  Task<Reply> on_spare_link(Command command, Millis wait);
  Task<void> finish();

  // What callers have handed over and the executor has not taken yet.
  std::mutex inbox_mutex_;
  std::string inbox_bytes_;
  std::vector<Request> inbox_;
  bool drain_posted_ = false;

  // What callers may look at.
  mutable std::mutex status_mutex_;
  ServerInfo server_;
  std::exception_ptr
      failure_;  ///< why there is no connection; null while the first attempt runs, or connected
  std::atomic<bool> connected_{false};
  std::atomic<bool> closing_{false};
  Wakeup changed_;

  // Of the executor.
  std::shared_ptr<Link> link_;
  Early early_;  ///< made before the first attempt has ended
  bool first_attempt_ = true;
  bool told_ = false;                         ///< the log knows that there is no connection
  std::vector<std::shared_ptr<Link>> spare_;  ///< for blocking commands; idle
  std::vector<std::weak_ptr<Link>> busy_;     ///< the same; at work
  TaskGroup tasks_;
};

}  // namespace flotilla::redis
