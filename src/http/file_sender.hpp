#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "runtime/task.hpp"

namespace flotilla::http {

/// Sends a part of a file by sendfile(2): pages go from the cache to the socket, not through the process.
class FileSender {
 public:
  FileSender(const std::string& path, std::uint64_t offset, std::uint64_t size);
  ~FileSender();
  FileSender(const FileSender&) = delete;
  FileSender& operator=(const FileSender&) = delete;

  bool is_open() const { return file_ >= 0; }
  bool finished() const { return left_ == 0; }
  std::uint64_t left() const { return left_; }
  /// Sends what the socket takes; waits when it takes nothing. Lets others of the loop run
  /// between parts. False when the file has become shorter or the socket fails.
  Task<bool> send_some(boost::asio::ip::tcp::socket& socket);

 private:
  int file_ = -1;
  std::int64_t offset_;
  std::uint64_t left_;
};

}  // namespace flotilla::http
