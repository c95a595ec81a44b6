#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <string>

#include "http/message.hpp"

namespace flotilla::http {

/// Ends a conversation from outside; used on its event loop.
class SocketControl {
 public:
  virtual void go_away() = 0;  ///< sends close code 1012, once; the peer's answer ends the conversation
  virtual void cut() = 0;      ///< closes the TCP connection

 protected:
  ~SocketControl() = default;
};

struct SocketLimits {
  std::size_t message_bytes_max;
  std::chrono::milliseconds idle_timeout;
};

struct SocketEnd {
  bool accepted = false;
  std::string failure;  ///< what the handler threw, when it was not about the connection
};

/// Accepts an upgrade and lets `handler` talk; returns when the conversation has ended. A handler that
/// returns ends it with close code 1001, so that client libraries come back; one that throws ends it with
/// 1011. Silent peers are pinged, dead ones are dropped. `control` points to the conversation while it lasts,
/// else to nothing.
Task<SocketEnd> run_socket(boost::asio::ip::tcp::socket socket,
                           boost::beast::http::request<boost::beast::http::string_body> upgrade,
                           Request& request, const WebSocketHandler& handler, SocketLimits limits,
                           SocketControl*& control);

}  // namespace flotilla::http
