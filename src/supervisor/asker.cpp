#include "supervisor/asker.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/read_until.hpp>

namespace flotilla::supervisor {

namespace {
constexpr std::size_t kLineMax = 256;
}

void Asker::listen(std::function<void(std::shared_ptr<Asker>, std::string)> act) {
  boost::asio::async_read_until(socket_, boost::asio::dynamic_buffer(heard_, kLineMax), '\n',
                                [self = shared_from_this(), act = std::move(act)](
                                    const boost::system::error_code& error, std::size_t length) {
                                  if (!error) act(self, self->heard_.substr(0, length - 1));
                                });
}

void Asker::write(std::string_view kind, std::string_view text) {
  const std::string line = fmt::format("{} {}\n", kind, text);
  (void)::send(socket_.native_handle(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace flotilla::supervisor
