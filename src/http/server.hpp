#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/limits.hpp"
#include "http/message.hpp"

namespace flotilla {
class BlockingPool;
class EventLoops;
}  // namespace flotilla

namespace flotilla::http {

struct ServerOptions {
  Limits limits;
  /// After each answer, and with status 101 after the end of a WebSocket; on its event loop: must be cheap.
  std::function<void(const Request&, int status, std::size_t bytes, std::chrono::microseconds took)>
      on_access;
  /// A handler threw what is no Error: answered 500 with the request's id. Or one of a WebSocket threw
  /// anything that is not about its connection.
  std::function<void(const Request&, const std::string& what)> on_error;
  /// Compresses bodies above 32 KiB, up to 8 MiB. Without it, those above 256 KiB are sent as they are and
  /// the others take up to 8 ms of their event loop. Must outlive the loops' threads.
  BlockingPool* compress_pool = nullptr;
};

/// An HTTP/1.1 server (RFC 9110, RFC 9112): keep-alive, pipelining, HEAD, chunked bodies, 100-continue,
/// compression by negotiation, WebSocket upgrades (RFC 6455). Connections are spread over the event loops and
/// stay on theirs. Targets in absolute form, which are meant for proxies, are refused.
class Server {
 public:
  Server(EventLoops& loops, ServerOptions options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Upgrades at this path are talked to by `handler`. Before listen().
  void route_websocket(std::string path, WebSocketHandler handler);
  /// Listens on an address (IPv4 or IPv6); port 0 takes any free one. Answers the port. Throws Error 500
  /// naming APP_HOST or APP_PORT.
  std::uint16_t listen(const std::string& host, std::uint16_t port);
  /// Instead of listen(): accepts from bound sockets, which other processes may accept from too.
  /// Number `own` of them is this server's; what the others' processes do not take within a moment, because
  /// they are busy or gone, is taken as well. The descriptors are the server's from here on. Answers the
  /// port.
  std::uint16_t adopt(const std::vector<int>& listeners, std::size_t own);
  /// For listeners that somebody else goes on accepting from; otherwise what waits in their queues is reset.
  /// Every connection that was taken is counted when it returns. Blocks for milliseconds.
  void stop_accepting();
  /// Stops accepting after everything that had reached the queues was taken. For all who share the sockets.
  /// Blocks for a tenth of a second; not to be called from an event loop.
  void close_listeners();
  /// From here on every answer ends its connection (`Connection: close`).
  void announce_end();
  /// Ends connections with their next answer, those that are idle for kDrainIdle at once, and closes what is
  /// left at the deadline. WebSockets are told to come back (close code 1012). False: handlers still run.
  /// Blocks; not to be called from an event loop.
  bool drain(std::chrono::milliseconds deadline);
  /// Lets a drain under way, or to come, end now: what runs is cut off. Thread-safe.
  void hurry();
  std::size_t connections() const;
  std::uint64_t connections_refused() const;  ///< so far, over connections_max

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace flotilla::http
