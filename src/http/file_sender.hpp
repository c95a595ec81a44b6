#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "runtime/task.hpp"

namespace flotilla::http {

/// Sends a part of a file by sendfile(2): pages go from the cache to the socket, not through the process.
class FileSender {
 public:
  /// An unreadable file counts as ended early: the connection is then closed.
  FileSender(const std::string& path, std::uint64_t offset, std::uint64_t size);
  ~FileSender();
  FileSender(const FileSender&) = delete;
  FileSender& operator=(const FileSender&) = delete;

  bool finished() const { return left_ == 0; }
  /// Sends what the socket takes; waits when it takes nothing. False when file or socket fail.
  Task<bool> send_some(boost::asio::ip::tcp::socket& socket);

 private:
  int file_ = -1;
  std::int64_t offset_;
  std::uint64_t left_;
};

}  // namespace flotilla::http
