#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "http/server.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla::http::test {

struct Answer {
  int status = 0;
  std::string head;  ///< with its fields, lower-case names
  std::multimap<std::string, std::string> fields;
  std::string body;
  std::string field(const std::string& name) const {
    auto at = fields.find(name);
    return at == fields.end() ? "" : at->second;
  }
};

/// A client that sends exactly the bytes it is told.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0, const char* ipv6 = nullptr)
      : socket_(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval patience{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (ipv6) {
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      to.sin6_port = htons(port);
      inet_pton(AF_INET6, ipv6, &to.sin6_addr);
      connect_to(to);
    } else {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(port);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      connect_to(to);
    }
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// One answer; status 0 when the connection ended before it.
  Answer read(bool head_only = false) {
    Answer answer;
    std::size_t end;
    while ((end = in_.find("\r\n\r\n")) == in_.npos) {
      if (!more()) return answer;
    }
    answer.head = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    answer.status = std::stoi(answer.head.substr(9, 3));
    for (std::size_t at = answer.head.find("\r\n") + 2; at < answer.head.size();) {
      const std::size_t eol = answer.head.find("\r\n", at), colon = answer.head.find(": ", at);
      answer.fields.emplace(lower(answer.head.substr(at, colon - at)),
                            answer.head.substr(colon + 2, eol - colon - 2));
      at = eol + 2;
    }
    if (head_only || answer.field("content-length").empty()) return answer;
    const std::size_t length = std::stoul(answer.field("content-length"));
    while (in_.size() < length && more()) {
    }
    answer.body = in_.substr(0, length);
    in_.erase(0, length);
    return answer;
  }

  Answer ask(std::string_view bytes) { return send(bytes) ? read() : Answer{}; }
  /// True when the server ends the connection (within ten seconds) and sends nothing more.
  bool ended() {
    if (!in_.empty()) return false;
    char byte;
    const ssize_t n = recv(socket_, &byte, 1, 0);
    return n == 0 || (n < 0 && (errno == ECONNRESET || errno == EPIPE));
  }
  /// Reads to the end; the bytes that came.
  std::size_t read_all() { return rest().size(); }
  const std::string& rest() {
    while (more()) {
    }
    return in_;
  }

 private:
  void connect_to(const auto& to) {
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("connect");
  }
  bool more() {
    char bytes[65536];
    const ssize_t n = recv(socket_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    in_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  int socket_;
  std::string in_;
};

inline std::string get(std::string_view path, std::string_view fields = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(fields) + "\r\n";
}

/// A server whose handler answers by path.
class HttpServerTest : public testing::Test {
 protected:
  void start(Limits limits = {}, BlockingPool* compress_pool = nullptr) {
    ServerOptions options;
    options.limits = limits;
    options.compress_pool = compress_pool;
    options.on_access = [this](const Request& request, int status, std::size_t, std::chrono::microseconds) {
      std::lock_guard lock(mutex_);
      served_.push_back(request.target + " " + std::to_string(status));
    };
    options.on_error = [this](const Request& request, const std::string& what) {
      std::lock_guard lock(mutex_);
      failures_.push_back(request.id + " " + what);
    };
    auto answer = [this](Request& request) { return handle(request); };
    server_ = std::make_unique<Server>(loops_, std::move(options), answer);
    server_->route_websocket("/ws", [](Request&, WebSocket& socket) -> Task<void> {
      while (true) {
        std::string text = co_await socket.receive();
        co_await socket.send("echo " + text);
      }
    });
    server_->route_websocket("/ws-origin", [](Request& request, WebSocket& socket) -> Task<void> {
      co_await socket.send(std::string(request.headers.get("Origin")));
    });
    server_->route_websocket("/ws-fails", [](Request&, WebSocket& socket) -> Task<void> {
      co_await socket.receive();
      throw std::logic_error("secret of a socket");
    });
    port_ = server_->listen(host_, 0);
    loops_.run();
  }

  void TearDown() override {
    released_ = true;
    if (server_) {
      server_->stop_accepting();
      server_->drain(std::chrono::milliseconds(0));
    }
    server_.reset();
    loops_.stop();
    loops_.join();
  }

  virtual Task<Response> handle(Request& request) {
    Response response;
    response.content_type = "text/plain";
    if (request.path == "/error") throw Error(418, "a teapot", "TEAPOT");
    if (request.path == "/bug") throw std::logic_error("secret detail");
    if (request.path == "/odd") throw 7;
    if (request.path == "/id")
      response.body = request.id;
    else if (request.path == "/big")
      response.body = std::string(64 << 20, 'x');
    else if (request.path == "/rows") {
      for (int i = 0; response.body.size() < 100'000; ++i)
        response.body += "row " + std::to_string(i * i) + "\n";
    } else if (request.path == "/held") {
      held_runs_ = true;
      while (!released_) {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                        std::chrono::milliseconds(1));
        co_await timer.async_wait(boost::asio::use_awaitable);
      }
      response.body = "released";
    } else if (request.path == "/text")
      response.body = std::string(5000, 'a');
    else if (request.path == "/slow") {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                      std::chrono::milliseconds(300));
      slow_runs_ = true;
      co_await timer.async_wait(boost::asio::use_awaitable);
      response.body = "done";
    } else if (request.path == "/nothing")
      response.status = 204;
    else if (request.path == "/file" || request.path == "/no-file") {
      response.file_path = request.path == "/file" ? file_ : "/nonexistent/file";
      response.file_offset = 2;
      response.file_size = file_size_ - 2;
    } else
      response.body = request.method + " " + request.target + " " + request.body;
    co_return response;
  }

  bool wait_for(auto condition) const {
    for (int i = 0; i < 20'000 && !condition(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return condition();
  }

  EventLoops loops_{2};
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::string> served_;  ///< target and status
  std::atomic<bool> slow_runs_{false};
  std::atomic<bool> held_runs_{false};
  std::atomic<bool> released_{false};  ///< lets /held answer
  std::string host_ = "127.0.0.1";
  std::string file_;
  std::uint64_t file_size_ = 2;
};

}  // namespace flotilla::http::test
