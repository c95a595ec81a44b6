#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "http/registry.hpp"

namespace flotilla::http {

/// One accepted socket, from its first byte to its last. Lives on one event loop.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<Shared> shared, std::shared_ptr<Registry> registry);
  ~Connection();

  /// Serves requests until the client, a limit or the server ends it.
  Task<void> run();

  TimePoint deadline() const { return deadline_; }
  void expire();          ///< the deadline has passed
  void close_if_idle();
  void close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class Phase { idle, head, body, handling, writing, socket };
  enum class Read { request, ended, refused };

  Task<Read> read_request();
  Task<bool> fill();                 ///< more bytes into the buffer; false at the end of the stream
  bool take_head();                  ///< checks limits of the head; false: refused
  Task<void> answer();
  Task<Response> call_handler();
  Task<void> compress(Response& response);
  Task<bool> queue(Response response, bool keep_alive);
  Task<bool> send_file(const Response& response);
  Task<bool> flush();
  Task<void> serve_socket(const WebSocketHandler& handler);
  void refuse(int status, std::string_view message, std::string_view code = {});
  void refuse_parse_error(const boost::system::error_code& error);
  void enter(Phase phase, int timeout_ms);
  bool more_waits() const;           ///< a pipelined request has begun in the buffer

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Registry> registry_;
  boost::beast::flat_buffer in_;
  std::optional<Parser> parser_;
  Request request_;
  std::string out_;                  ///< answers not yet sent
  Phase phase_ = Phase::idle;
  TimePoint deadline_;
  bool timed_out_ = false;
  bool keep_alive_ = true;
};

}  // namespace flotilla::http
