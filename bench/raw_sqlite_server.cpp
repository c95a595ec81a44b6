#include "raw_sqlite_server.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>

namespace bench {

namespace {

void check(bool right, const char* what) {
  if (!right) fail(std::string(what) + ": " + std::strerror(errno));
}

int listen_on(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);  // the kernel deals connections out
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
  check(::listen(socket, 512) == 0, "listen");
  return socket;
}

/// One event loop. A request fits into one read, an answer into one write: clients of a benchmark.
class Loop {
 public:
  Loop(const Options& options, unsigned seed) : worker_(options, seed), listener_(listen_on(options.port)) {
    worker_.write_to(body_);
    watch(listener_);
  }

  void run() {
    std::array<epoll_event, 128> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        if (socket == listener_)
          accept();
        else
          answer(socket);
      }
    }
  }

 private:
  void watch(int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0, "epoll_ctl");
  }

  void accept() {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(socket);
  }

  void answer(int socket) {
    std::array<char, 8192> request;
    if (::read(socket, request.data(), request.size()) <= 0) {
      ::close(socket);
      return;
    }
    body_.clear();
    worker_.query();
    answer_ = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ";
    answer_ += std::to_string(body_.size());
    answer_ += "\r\n\r\n";
    answer_ += body_;
    const ssize_t sent = ::send(socket, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(answer_.size())) ::close(socket);
  }

  Worker worker_;
  std::string body_, answer_;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  int listener_;
};

}  // namespace

void serve(const Options& options) {
  std::vector<std::unique_ptr<Loop>> loops;
  for (int i = 0; i < options.threads; ++i)
    loops.push_back(std::make_unique<Loop>(options, static_cast<unsigned>(i) + 1));
  std::vector<std::thread> threads;
  for (const auto& loop : loops) threads.emplace_back([&loop] { loop->run(); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace bench
