#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/dial.hpp"
#include "adapters/redis/redis_client.hpp"
#include "adapters/redis/reply_reader.hpp"

namespace flotilla::redis {

/// A command on its way, or several whose replies are answered together.
struct Request {
  using Done = std::move_only_function<void(std::exception_ptr, Reply)>;

  std::size_t replies = 1;  ///< still to come
  bool gather = false;      ///< answer them all as one array, in order
  cluster::Monotonic deadline;
  Done done;  ///< called exactly once; may run the caller on the spot; does not throw
  Reply::Items got = {};
};

/// One connection to a server, from its start to its end; it does not come back. All on one executor. It
/// finds out that the other side is gone: by an end of the stream, by a request whose deadline passes, and,
/// when nothing else is said, by a PING that is not answered.
class Link : public std::enable_shared_from_this<Link> {
 public:
  static constexpr std::size_t kUnsentMax = 64u << 20;  ///< bytes that may wait for a slow server

  struct Options {
    std::string name;
    Millis deadline;
    Millis ping_after;  ///< at most the deadline
  };

  /// Connects, signs in, selects the database and asks INFO. Throws Unavailable by the deadline at the
  /// latest.
  static Task<std::shared_ptr<Link>> open(RedisUrl url, Options options);

  /// `bytes` are the commands of the requests, in their order. On a link that has ended they fail at once.
  void submit(std::string bytes, std::vector<Request> requests);
  /// The same for one request; resumes on the link's executor.
  Task<Reply> exchange(std::vector<Command> commands, cluster::Monotonic deadline);

  /// From here on replies belong to no request (subscriptions): each is handed to `push`. A PING is sent
  /// every ping_after, however much is heard; `alive` is told, when its answer comes, the time at which it
  /// was sent: all that the server had sent us until then has been handed over.
  void listen(std::function<void(Reply)> push, std::function<void(cluster::Monotonic as_of)> alive = {});
  /// Sends without expecting a reply of its own; for a link that listens.
  void send(const Command& command);

  /// Ends it: everything in flight fails with `why` and `reason`. Idempotent.
  void close(cluster::Unavailable::Why why, const std::string& reason);
  /// Called once, when it has ended; at once when it had already.
  void on_closed(std::function<void()> closed);
  bool open() const { return !failure_; }
  /// Why it ended; null while it has not.
  std::exception_ptr failure() const { return failure_; }
  bool idle() const { return in_flight_.empty(); }
  const ServerInfo& server() const { return server_; }

 private:
  Link(RedisUrl url, Options options, Socket socket);
  Task<void> handshake(cluster::Monotonic deadline);
  void read();
  void ended_by_peer(boost::system::error_code error);
  void take(std::size_t size);
  void deliver(Reply reply);
  void flush();
  void watch();
  void look();
  void ping();
  cluster::Monotonic next_look() const;

  RedisUrl url_;
  std::string service_;
  Options options_;
  Socket socket_;
  boost::asio::steady_timer timer_;
  ReplyReader reader_;
  ServerInfo server_;

  std::array<char, 32 * 1024> incoming_;
  std::string unsent_;
  std::string sending_;
  std::deque<Request> in_flight_;
  std::function<void(Reply)> push_;
  std::function<void(cluster::Monotonic)> alive_;
  std::function<void()> closed_;
  std::exception_ptr failure_;

  cluster::Monotonic heard_;                  ///< when bytes came last
  std::optional<cluster::Monotonic> pinged_;  ///< of a link that listens: a PING without its answer
  cluster::Monotonic next_ping_{};            ///< the same
  cluster::Monotonic planned_;                ///< what the timer is set to
};

}  // namespace flotilla::redis
