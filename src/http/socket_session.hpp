#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/message.hpp"

namespace flotilla::http {

/// Accepts an upgrade and lets `handler` talk. Returns when the conversation has ended; what the handler throws ends it.
/// Silent peers are pinged, dead ones are dropped.
Task<void> run_socket(boost::asio::ip::tcp::socket socket, boost::beast::http::request<boost::beast::http::string_body> upgrade,
                      Request& request, const WebSocketHandler& handler, std::size_t message_bytes_max);

}  // namespace flotilla::http
