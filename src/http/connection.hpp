#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "http/pace.hpp"
#include "http/registry.hpp"
#include "http/socket_session.hpp"

namespace flotilla::http {

class FileSender;

/// One accepted socket, from its first byte to its last. Lives on one event loop. connection_read.cpp takes
/// requests, connection_write.cpp sends answers, connection.cpp is what is between.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using TimePoint = Pace::TimePoint;
  static constexpr std::chrono::milliseconds kDrainIdle{1'000};
  /// The same for one that has not asked anything yet: who connects is about to.
  static constexpr std::chrono::milliseconds kDrainFirst{2'000};

  Connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<Shared> shared,
             std::shared_ptr<Registry> registry);
  ~Connection();

  /// Serves requests until the client, a limit or the server ends it.
  Task<void> run();

  TimePoint deadline() const { return pace_.deadline(); }
  void expire();  ///< the deadline has passed
  /// For a server that ends: closes what has been idle for kDrainIdle, so that the request a client is about
  /// to send is not cut off but answered, and its connection ended by that answer. Half-sent heads and
  /// WebSockets, which are told to close, have until `patience_ends`.
  void end_soon(TimePoint patience_ends);
  void close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class Phase { idle, head, body, handling, writing, socket, lingering };
  enum class Read { request, ended, refused };

  Task<Read> read_request();
  Task<bool> fill();     ///< more bytes into the buffer; false at the end of the stream
  bool take_head();      ///< copies the head and checks it; false: refused
  bool check_framing();  ///< where the body ends must be beyond doubt (RFC 9112 section 6.3)
  bool check_length();
  Task<void> answer();
  Task<Response> call_handler();
  Task<void> compress(Response& response);
  Task<bool> queue(Response response, FileSender* file, bool keep_alive);
  Task<bool> send_file(FileSender& file);
  Response unexpected_failure(
      const std::string& what) const;  ///< reports it, and answers 500 with the request's id
  Task<bool> flush();
  Task<bool> write(std::string_view head,
                   std::string_view body);  ///< both, by as few calls as the socket lets
  void send_while_handling();               ///< lets finished answers go when a handler suspends
  void begin_early_write();
  Task<bool> end_early_write();
  Task<void> serve_socket(const WebSocketHandler& handler);
  Task<void> linger();    ///< discards what the client still sends, for a while
  void forget_request();  ///< drops what a large request has left allocated
  void refuse(int status, std::string_view message, std::string_view code = {});
  void refuse_malformed(std::string_view fault);
  void refuse_too_large();
  void forget_head();
  void refuse_parse_error(const boost::system::error_code& error);
  void enter(Phase phase, int timeout_ms);
  void enter_untimed(Phase phase);
  bool more_waits() const;  ///< a pipelined request has begun in the buffer

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Registry> registry_;
  boost::beast::flat_buffer in_;
  std::optional<Parser> parser_;
  Request request_;
  std::string out_;    ///< answers not yet sent
  std::string early_;  ///< answers that are sent while a handler runs
  std::uint32_t gathered_ = 0;
  bool early_asked_ = false;
  bool early_running_ = false;
  bool early_failed_ = false;
  boost::asio::steady_timer* early_waiter_ = nullptr;
  Phase phase_ = Phase::idle;
  TimePoint entered_ = std::chrono::steady_clock::now();  ///< the phase
  bool asked_ = false;                                    ///< a request was read
  Pace pace_;
  bool timed_out_ = false;
  bool keep_alive_ = true;
  bool old_client_ = false;           ///< HTTP/1.0: it wants to be told of keep-alive
  SocketControl* talking_ = nullptr;  ///< while in Phase::socket
};

}  // namespace flotilla::http
