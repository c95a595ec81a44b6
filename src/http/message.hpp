#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/task.hpp"

namespace flotilla::http {

/// Header fields in the order they came; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string name, std::string value);  ///< replaces all of that name
  /// First value of that name, empty when there is none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// One complete request: the body has been read (or was refused) before a handler sees it.
struct Request {
  std::string method;      ///< upper case
  std::string target;      ///< as sent: path and query, not decoded
  std::string_view path;   ///< of target, up to '?'
  std::string_view query;  ///< of target, after '?', may be empty
  Headers headers;
  std::string body;       ///< decoded from chunks
  std::string remote;     ///< peer's address, without port
  std::uint8_t kind = 0;  ///< for measures; set by the handler, which gives it its meaning; 0: not set
  std::string
      id;  ///< X-Request-Id: the caller's when it is a plain token of at most 64 characters, else a new uuid
};

struct Response {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";  ///< empty: no Content-Type header
  Headers headers;
  std::string body;
  /// When set, the body is this file from `file_offset`, `file_size` bytes, and `body` is ignored.
  std::string file_path;
  std::uint64_t file_offset = 0;
  std::uint64_t file_size = 0;
  bool compress = true;  ///< may be sent gzip or br when the client accepts it and the type is compressible
};

/// Called on an event loop for each request; must not block. An escaped exception is answered 500 with an
/// error id and logged.
using Handler = std::function<Task<Response>(Request&)>;

/// One side of an accepted WebSocket, used from its own event loop only.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// Next text or binary message; throws boost::system::system_error when the socket is closed.
  virtual Task<std::string> receive() = 0;
  virtual Task<void> send(std::string text) = 0;
  virtual Task<void> close() = 0;
};

/// Called for each upgrade to WebSocket; owns the conversation until it returns.
using WebSocketHandler = std::function<Task<void>(Request&, WebSocket&)>;

}  // namespace flotilla::http
