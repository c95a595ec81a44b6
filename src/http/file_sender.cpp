#include "http/file_sender.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace flotilla::http {

constexpr std::uint64_t kPartBytes = 256 * 1024;  ///< at a time, so that one client does not hold the loop

FileSender::FileSender(const std::string& path, std::uint64_t offset, std::uint64_t size)
    : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      offset_(static_cast<std::int64_t>(offset)),
      left_(size) {}

FileSender::~FileSender() {
  if (file_ >= 0) close(file_);
}

Task<bool> FileSender::send_some(boost::asio::ip::tcp::socket& socket) {
  if (file_ < 0) co_return false;
  boost::system::error_code error;
  if (!socket.native_non_blocking()) socket.native_non_blocking(true, error);
  const ssize_t n = sendfile(socket.native_handle(), file_, &offset_, std::min(left_, kPartBytes));
  if (n < 0 && errno == EINTR) co_return true;
  if (n > 0) {
    left_ -= static_cast<std::uint64_t>(n);
    if (left_ > 0) co_await boost::asio::post(socket.get_executor(), boost::asio::use_awaitable);
    co_return true;
  }
  if (n == 0 || errno != EAGAIN) co_return false;
  co_await socket.async_wait(boost::asio::ip::tcp::socket::wait_write,
                             boost::asio::redirect_error(boost::asio::use_awaitable, error));
  co_return !error;
}

}  // namespace flotilla::http
