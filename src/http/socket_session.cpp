#include "http/socket_session.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace flotilla::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

class Session final : public WebSocket, public SocketControl {
 public:
  Session(asio::ip::tcp::socket socket, std::size_t message_bytes_max) : stream_(std::move(socket)) {
    beast::websocket::stream_base::timeout timeout =
        beast::websocket::stream_base::timeout::suggested(beast::role_type::server);
    timeout.idle_timeout = std::chrono::seconds(60);
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.read_message_max(message_bytes_max);
  }

  Task<void> accept(const beast::http::request<beast::http::string_body>& upgrade) {
    co_await stream_.async_accept(upgrade, asio::use_awaitable);
  }

  Task<std::string> receive() override {
    beast::flat_buffer buffer;
    co_await stream_.async_read(buffer, asio::use_awaitable);
    co_return beast::buffers_to_string(buffer.data());
  }

  Task<void> send(std::string text) override {
    stream_.text(true);
    co_await stream_.async_write(asio::buffer(text), asio::use_awaitable);
  }

  Task<void> close() override {
    leaving_ = true;
    co_await stream_.async_close(beast::websocket::close_code::normal, asio::use_awaitable);
  }

  void go_away() override {
    if (leaving_ || !stream_.is_open()) return;
    leaving_ = true;
    stream_.async_close(beast::websocket::close_code::going_away, [](const boost::system::error_code&) {});
  }

  void cut() override { beast::get_lowest_layer(stream_).close(); }

 private:
  beast::websocket::stream<beast::tcp_stream> stream_;
  bool leaving_ = false;
};

}  // namespace

Task<void> run_socket(asio::ip::tcp::socket socket, beast::http::request<beast::http::string_body> upgrade,
                      Request& request, const WebSocketHandler& handler, std::size_t message_bytes_max,
                      SocketControl*& control) {
  Session session(std::move(socket), message_bytes_max);
  control = &session;
  try {
    co_await session.accept(upgrade);
    co_await handler(request, session);
  } catch (const std::exception&) {
    // The peer went away or broke the protocol: either way the conversation is over.
  }
  control = nullptr;
}

}  // namespace flotilla::http
