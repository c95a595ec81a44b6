#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "ops/doctor.hpp"

namespace flotilla::ops {
namespace {

using State = CheckResult::State;

class Socket {
 public:
  explicit Socket(const addrinfo& address)
      : file_(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (file_ >= 0) ::close(file_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) found = nullptr;
  return {found, &::freeaddrinfo};
}

/// The status line and body of a GET, empty when nothing answers HTTP within two seconds.
std::string get(const std::string& host, std::uint16_t port, const std::string& path) {
  Addresses address = resolve(host, port, 0);
  if (!address) return {};
  Socket socket(*address);
  timeval limit{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), address->ai_addr, address->ai_addrlen) != 0) return {};
  std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n\r\n", path, host, port);
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  std::string answer;
  char buffer[1024];
  while (answer.size() < 4096) {
    ssize_t got = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (got <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  return answer.starts_with("HTTP/1.") ? answer : std::string{};
}

}  // namespace

CheckResult check_port(const Settings& settings) {
  std::string place = fmt::format("{}:{}", settings.host, settings.port);
  Addresses address = resolve(settings.host, settings.port, AI_PASSIVE);
  if (!address)
    return {"port", State::failed,
            fmt::format("APP_HOST {} is not an address of this machine", settings.host)};
  Socket socket(*address);
  int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), address->ai_addr, address->ai_addrlen) == 0 && ::listen(socket.get(), 1) == 0)
    return {"port", State::ok, place + " is free"};
  int error = errno;
  if (error != EADDRINUSE) return {"port", State::failed, fmt::format("{}: {}", place, std::strerror(error))};
  bool any = settings.host == "0.0.0.0" || settings.host == "::";
  std::string answer =
      get(any ? "localhost" : settings.host, settings.port, settings.api_base_path + "__health_check");
  std::string status = answer.substr(0, answer.find('\r'));
  if (status.contains(" 200 ") && answer.ends_with("\r\nok"))
    return {"port", State::ok, place + " is served by a running server that says it is healthy"};
  if (status.contains(" 503 "))
    return {"port", State::warning, place + " is served by a server that is not ready"};
  return {"port", State::failed, place + " is taken by another program; stop it or set APP_PORT"};
}

}  // namespace flotilla::ops
