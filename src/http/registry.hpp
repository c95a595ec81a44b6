#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <unordered_set>
#include <vector>

#include "http/server.hpp"

namespace flotilla::http {

class Connection;

/// What the connections of one server share.
struct Shared {
  ServerOptions options;
  Handler handler;
  std::vector<std::pair<std::string, WebSocketHandler>> sockets;  ///< by path
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> turned_away{0};  ///< connections over the limit that are still being told so
  std::atomic<std::uint64_t> refused{0};    ///< connections over the limit, so far
  std::atomic<bool> draining{false};
  std::atomic<bool> hurried{false};

  const WebSocketHandler* socket_at(std::string_view path) const {
    for (const auto& [at, handler] : sockets) {
      if (at == path) return &handler;
    }
    return nullptr;
  }
};

/// The connections of one event loop, looked at a few times a second: no timer is armed for a request. Used
/// on that loop only.
class Registry : public std::enable_shared_from_this<Registry> {
 public:
  static constexpr std::chrono::milliseconds kSweepPeriod{200};

  explicit Registry(boost::asio::io_context& loop) : timer_(loop) {}
  void add(Connection& connection) { open_.insert(&connection); }
  void remove(Connection& connection) { open_.erase(&connection); }
  void start();
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }
  /// See Connection::end_soon.
  void end_soon(std::chrono::steady_clock::time_point patience_ends);
  void close_all();

 private:
  void sweep();

  boost::asio::steady_timer timer_;
  std::unordered_set<Connection*> open_;
  bool stopped_ = false;
};

}  // namespace flotilla::http
