#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "ops/chaos/plan.hpp"
#include "runtime/task.hpp"

namespace flotilla::ops::chaos {

/// No answer came: the connection could not be made or broke, or the time was over. Nobody knows whether the
/// request was done.
class NoAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Answer {
  int status = 0;
  std::string node;  ///< who has answered: X-Flotilla-Node
  std::string body;

  bool ok() const { return status >= 200 && status < 300; }
  /// The member `data` of the body; null when it has none.
  Json data() const;
  /// Status and the beginning of the body, for a message.
  std::string shown() const;
};

/// A client of HTTP/1.1 with one connection that it keeps. It never sends a request twice. Used by one
/// coroutine at a time.
class HttpClient {
 public:
  HttpClient(Target target, std::chrono::milliseconds timeout);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;

  /// `path` with its query; `body` is sent as JSON, unless it is null. Throws NoAnswer.
  Task<Answer> send(std::string_view method, std::string path, std::string token, Json body);

 private:
  struct Connection;
  Task<void> connect();

  const Target target_;
  const std::chrono::milliseconds timeout_;
  std::unique_ptr<Connection> connection_;
};

/// A value of a query.
std::string percent_encode(std::string_view text);

}  // namespace flotilla::ops::chaos
