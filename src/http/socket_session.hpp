#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/message.hpp"

namespace flotilla::http {

/// Ends a conversation from outside; used on its event loop.
class SocketControl {
 public:
  virtual void go_away() = 0;  ///< sends close code 1001, once; the peer's answer ends the conversation
  virtual void cut() = 0;      ///< closes the TCP connection

 protected:
  ~SocketControl() = default;
};

/// Accepts an upgrade and lets `handler` talk. Returns when the conversation has ended; what the handler
/// throws ends it. Silent peers are pinged, dead ones are dropped. `control` points to the conversation while
/// it lasts, else to nothing.
Task<void> run_socket(boost::asio::ip::tcp::socket socket,
                      boost::beast::http::request<boost::beast::http::string_body> upgrade, Request& request,
                      const WebSocketHandler& handler, std::size_t message_bytes_max,
                      SocketControl*& control);

}  // namespace flotilla::http
