#include "http/listen_socket.hpp"

#include <fmt/format.h>
#include <linux/filter.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "base/error.hpp"

namespace flotilla::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// Of the TCP header (RFC 9293 section 3.1).
constexpr unsigned kFlagsOffset = 13;
constexpr unsigned kSynFlag = 0x02;

[[noreturn]] void cannot_listen(const std::string& host, std::uint16_t port,
                                const boost::system::error_code& why) {
  throw Error(500, fmt::format("APP_PORT: cannot listen on {} port {}: {}", host, port, why.message()));
}

tcp::acceptor bind_to(asio::io_context& loop, const std::string& host, std::uint16_t port, bool shared) {
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error)
    throw Error(
        500, fmt::format("APP_HOST: got \"{}\", takes an IP address such as 0.0.0.0, 127.0.0.1 or ::", host));
  const tcp::endpoint endpoint(address, port);
  tcp::acceptor out(loop);
  out.open(endpoint.protocol(), error);
  if (!error) out.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && shared) out.set_option(ReusePort(true), error);
  if (!error) out.bind(endpoint, error);
  if (error) cannot_listen(host, port, error);
  return out;
}

}  // namespace

tcp::acceptor open_listener(asio::io_context& loop, const std::string& host, std::uint16_t port) {
  tcp::acceptor listener = bind_to(loop, host, port, false);
  boost::system::error_code error;
  listener.listen(asio::socket_base::max_listen_connections, error);
  if (error) cannot_listen(host, port, error);
  return listener;
}

tcp::acceptor bind_shared(asio::io_context& loop, const std::string& host, std::uint16_t port) {
  return bind_to(loop, host, port, true);
}

void refuse_handshakes(tcp::acceptor& listener) {
  std::array<sock_filter, 4> program{{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsOffset),
                                      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSynFlag, 0, 1),
                                      BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0xffffffff)}};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  // Where it cannot be had, a connection that is made at the very moment of the close is reset, as ever.
  (void)::setsockopt(listener.native_handle(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

bool has_waiting(tcp::acceptor& listener) {
  pollfd waiting{.fd = listener.native_handle(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) > 0 && (waiting.revents & POLLIN) != 0;
}

}  // namespace flotilla::http
