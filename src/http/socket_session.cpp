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
  Session(asio::ip::tcp::socket socket, SocketLimits limits) : stream_(std::move(socket)) {
    beast::websocket::stream_base::timeout timeout =
        beast::websocket::stream_base::timeout::suggested(beast::role_type::server);
    timeout.idle_timeout = limits.idle_timeout;
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.read_message_max(limits.message_bytes_max);
  }

  Task<void> accept(const beast::http::request<beast::http::string_body>& upgrade, const std::string& id) {
    stream_.set_option(
        beast::websocket::stream_base::decorator([&id](beast::websocket::response_type& answer) {
          answer.set(beast::http::field::server, "flotilla");  // or Beast names itself
          answer.set("X-Request-Id", id);
        }));
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

  Task<void> close() override { co_await close(beast::websocket::close_code::normal); }

  bool is_open() const { return stream_.is_open() && !leaving_; }

  Task<void> close(beast::websocket::close_code code) {
    leaving_ = true;
    co_await stream_.async_close(code, asio::use_awaitable);
  }

  void go_away() override {
    if (leaving_ || !stream_.is_open()) return;
    leaving_ = true;
    const beast::websocket::close_reason why(beast::websocket::close_code::service_restart,
                                             "the node ends: please connect again");
    stream_.async_close(why, [](const boost::system::error_code&) {});
  }

  void cut() override { beast::get_lowest_layer(stream_).close(); }

 private:
  beast::websocket::stream<beast::tcp_stream> stream_;
  bool leaving_ = false;
};

/// The conversation; what is not about the connection is told in the result.
Task<std::string> talk(Session& session, Request& request, const WebSocketHandler& handler) {
  try {
    co_await handler(request, session);
    co_return std::string();
  } catch (const boost::system::system_error& error) {
    // The peer went away or broke the protocol: the stream knows, and nobody need be told.
    co_return session.is_open() ? error.what() : std::string();
  } catch (const std::exception& error) {
    co_return error.what();
  } catch (...) {
    co_return "an exception that is no std::exception";
  }
}

}  // namespace

Task<SocketEnd> run_socket(asio::ip::tcp::socket socket,
                           beast::http::request<beast::http::string_body> upgrade, Request& request,
                           const WebSocketHandler& handler, SocketLimits limits, SocketControl*& control) {
  SocketEnd end;
  Session session(std::move(socket), limits);
  control = &session;
  try {
    co_await session.accept(upgrade, request.id);
    end.accepted = true;
    end.failure = co_await talk(session, request, handler);
    if (session.is_open())
      co_await session.close(end.failure.empty() ? beast::websocket::close_code::going_away
                                                 : beast::websocket::close_code::internal_error);
  } catch (const boost::system::system_error&) {
    // No handshake, or no goodbye: over either way.
  }
  control = nullptr;
  co_return end;
}

}  // namespace flotilla::http
