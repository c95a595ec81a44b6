#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace flotilla::supervisor {

/// Somebody at the control socket: one line is asked, lines `say …` are answered while it goes on, at last
/// `ok …` or `failed …`. One who is gone, or does not read, is not waited for.
class Asker : public std::enable_shared_from_this<Asker> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  explicit Asker(Socket socket) : socket_(std::move(socket)) {}

  /// `act` gets the line without its end.
  void listen(std::function<void(std::shared_ptr<Asker>, std::string)> act);
  void say(std::string_view text) { write("say", text); }
  void finish(bool done, std::string_view text) { write(done ? "ok" : "failed", text); }
  int descriptor() { return socket_.native_handle(); }

 private:
  void write(std::string_view kind, std::string_view text);

  Socket socket_;
  std::string heard_;
};

}  // namespace flotilla::supervisor
