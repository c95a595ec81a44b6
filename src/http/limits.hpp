#pragma once

#include <cstdint>

namespace flotilla::http {

/// What the server takes from a client at most. Beyond a limit the request is refused with the status named
/// here and the connection ends.
struct Limits {
  std::uint32_t header_bytes_max = 64 * 1024;          ///< request line and fields together; 431
  std::uint32_t target_bytes_max = 32 * 1024;          ///< path and query; 414
  std::uint64_t body_bytes_max = 10 * 1024 * 1024;     ///< REQUEST_BODY_LIMIT; 413
  std::uint64_t upload_bytes_max = 100 * 1024 * 1024;  ///< multipart bodies; 413
  std::uint32_t connections_max = 10'000;              ///< open at once; more are answered 503 and closed
  std::uint32_t pipelined_max = 64;  ///< answers gathered before they are sent; more wait, none is refused
  std::uint32_t message_bytes_max = 1024 * 1024;  ///< of one WebSocket message; the socket is closed
  int idle_timeout_ms = 60'000;                   ///< between requests of a connection; it is closed
  int header_timeout_ms = 10'000;  ///< from the first byte of a request to the end of its head; 408
  int body_timeout_ms = 30'000;    ///< for a body without progress, and for its least rate to count; 408
  int write_timeout_ms = 30'000;   ///< the same for a client that takes an answer; the connection is closed
  int socket_idle_timeout_ms = 60'000;  ///< a silent WebSocket is pinged at half of it and closed at its end
  /// Bytes a second of a body or an answer, on average: a transfer may last the time-out and one second more
  /// for each so many bytes.
  std::uint32_t transfer_rate_min = 8 * 1024;
};

}  // namespace flotilla::http
