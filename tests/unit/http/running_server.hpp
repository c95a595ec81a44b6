#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/server.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla::http::testing {

/// A server on a free port of 127.0.0.1 with two event loops, that remembers what it reported.
class RunningServer {
 public:
  explicit RunningServer(Handler handler, Limits limits = {})
      : server_(loops_, options(limits), std::move(handler)) {}
  ~RunningServer() {
    server_.stop_accepting();
    server_.drain(std::chrono::seconds(2));
    loops_.stop();
    loops_.join();
  }

  RunningServer& start() {
    port_ = server_.listen("127.0.0.1", 0);
    loops_.run();
    return *this;
  }

  Server& server() { return server_; }
  std::uint16_t port() const { return port_; }

  std::vector<int> statuses() {
    std::lock_guard lock(mutex_);
    return statuses_;
  }
  std::vector<std::string> failures() {
    std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  ServerOptions options(const Limits& limits) {
    ServerOptions out;
    out.limits = limits;
    out.on_access = [this](const Request&, int status, std::size_t, std::chrono::microseconds) {
      std::lock_guard lock(mutex_);
      statuses_.push_back(status);
    };
    out.on_error = [this](const Request& request, const std::string& what) {
      std::lock_guard lock(mutex_);
      failures_.push_back(request.id + ": " + what);
    };
    return out;
  }

  std::mutex mutex_;
  std::vector<int> statuses_;
  std::vector<std::string> failures_;
  EventLoops loops_{2};
  Server server_;
  std::uint16_t port_ = 0;
};

/// Answers with method, target and body as they were understood.
inline Handler echo() {
  return [](Request& request) -> Task<Response> {
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.target + " [" + request.body + "]";
    co_return response;
  };
}

}  // namespace flotilla::http::testing
