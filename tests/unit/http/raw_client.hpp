#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/strings.hpp"

namespace flotilla::http::testing {

struct Answer {
  int status = 0;
  std::string head;  ///< status line and fields
  std::string body;

  std::string field(std::string_view name) const {
    for (const std::string& line : split(head, '\n')) {
      const std::size_t colon = line.find(':');
      if (colon != line.npos && iequals(std::string_view(line).substr(0, colon), name))
        return std::string(trim(std::string_view(line).substr(colon + 1)));
    }
    return {};
  }
};

/// A client that sends exactly the bytes it is told to, as no honest library would. Each read fails after
/// `kPatience`: a server that stays silent fails a test instead of hanging it.
class RawClient {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  explicit RawClient(std::uint16_t port) : socket_(loop_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    socket_.set_option(boost::asio::ip::tcp::no_delay(true));
  }

  /// False when the server has closed the connection meanwhile.
  bool send(std::string_view bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes), error);
    return !error;
  }

  /// The next answer; `has_body` false for one to HEAD. Throws when the connection ends before it is
  /// complete.
  Answer receive(bool has_body = true) {
    Answer answer;
    while (in_.find("\r\n\r\n") == in_.npos) need_more();
    const std::size_t end = in_.find("\r\n\r\n") + 2;
    answer.head = in_.substr(0, end);
    in_.erase(0, end + 2);
    std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
    std::size_t length = 0;
    const std::string field = answer.field("Content-Length");
    std::from_chars(field.data(), field.data() + field.size(), length);
    if (!has_body || answer.status == 304) return answer;
    while (in_.size() < length) need_more();
    answer.body = in_.substr(0, length);
    in_.erase(0, length);
    return answer;
  }

  Answer get(std::string_view target, std::string_view fields = {}) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
    return receive();
  }

  /// True when the server ends the connection without a further byte.
  bool at_end() { return in_.empty() && read_some() == 0; }

  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  void need_more() {
    if (read_some() == 0) throw std::runtime_error("the connection ended; so far: " + in_);
  }

  std::size_t read_some() {
    char bytes[16 * 1024];
    std::size_t got = 0;
    bool done = false;
    socket_.async_read_some(boost::asio::buffer(bytes), [&](const boost::system::error_code&, std::size_t n) {
      got = n;
      done = true;
    });
    loop_.restart();
    loop_.run_for(kPatience);
    if (!done) {
      socket_.cancel();
      loop_.restart();
      loop_.run();
      throw std::runtime_error("the server said nothing; so far: " + in_);
    }
    in_.append(bytes, got);
    return got;
  }

  boost::asio::io_context loop_;
  boost::asio::ip::tcp::socket socket_;
  std::string in_;
};

}  // namespace flotilla::http::testing
