#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <string>
#include <string_view>

#include "unit/http/support.hpp"

namespace flotilla::http::test {

/// Talks to a WebSocket as a client library does.
struct SocketClient {
  explicit SocketClient(std::uint16_t port, const std::string& path = "/ws") {
    stream.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), port});
    stream.set_option(boost::beast::websocket::stream_base::decorator(
        [](boost::beast::websocket::request_type& request) { request.set("Origin", "http://console"); }));
    stream.handshake("test", path);
  }
  std::string ask(std::string_view text) {
    stream.write(boost::asio::buffer(text));
    return read();
  }
  std::string read() {
    boost::beast::flat_buffer buffer;
    stream.read(buffer);
    return boost::beast::buffers_to_string(buffer.data());
  }
  /// Reads until the server ends the conversation; how it did.
  boost::system::error_code end() {
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    while (!error) stream.read(buffer, error);
    return error;
  }
  boost::asio::io_context context;
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream{context};
};

}  // namespace flotilla::http::test
