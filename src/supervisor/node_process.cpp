#include "supervisor/node_process.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/read_until.hpp>

#include "base/strings.hpp"
#include "supervisor/handover.hpp"

namespace flotilla::supervisor {

namespace {
constexpr std::size_t kLineMax = 256;
constexpr std::string_view kReady = "ready";
}  // namespace

const char* word(Order order) {
  switch (order) {
    case Order::retire:
      return "retire";
    case Order::stop:
      return "stop";
    case Order::hurry:
      return "hurry";
  }
  return "stop";
}

std::string ready_line(const char* version) {
  return fmt::format("{} {} {}", kReady, kHandoverFormat, version);
}

void NodeProcess::listen(std::function<void()> act) {
  boost::asio::async_read_until(control_, boost::asio::dynamic_buffer(heard_, kLineMax), '\n',
                                [self = shared_from_this(), act = std::move(act)](
                                    const boost::system::error_code& error, std::size_t length) {
                                  if (error) return;  // its end is told by the kernel
                                  const std::vector<std::string> words =
                                      split(self->heard_.substr(0, length - 1), ' ');
                                  if (words.size() != 3 || words[0] != kReady) return;
                                  self->format = std::atoi(words[1].c_str());
                                  self->version = words[2];
                                  act();
                                });
}

void NodeProcess::tell(Order order) {
  const std::string line = fmt::format("{}\n", word(order));
  (void)::send(control_.native_handle(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace flotilla::supervisor
