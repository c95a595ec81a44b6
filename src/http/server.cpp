#include "http/server.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "base/error.hpp"
#include "http/connection.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla::http {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  EventLoops& loops;
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  std::vector<std::shared_ptr<Registry>> registries;
  std::optional<tcp::acceptor> acceptor;

  explicit Impl(EventLoops& loops) : loops(loops) {
    for (std::size_t i = 0; i < loops.size(); ++i) registries.push_back(std::make_shared<Registry>(loops.at(i)));
  }

  Task<void> accept_all() {
    auto self = shared_from_this();
    std::size_t turn = 0;
    while (acceptor->is_open()) {
      const std::size_t index = turn++ % loops.size();
      boost::system::error_code error;
      tcp::socket socket = co_await acceptor->async_accept(loops.at(index), asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
      if (error) continue;  // out of descriptors, or the peer has gone: the next may do better
      if (shared->connections >= shared->options.limits.connections_max) {
        turn_away(std::move(socket));
        continue;
      }
      start(std::move(socket), index);
    }
  }

  void start(tcp::socket socket, std::size_t index) {
    auto begin = [self = shared_from_this(), index, socket = std::move(socket)]() mutable -> Task<void> {
      auto connection = std::make_shared<Connection>(std::move(socket), self->shared, self->registries[index]);
      co_await connection->run();
    };
    asio::co_spawn(loops.at(index), std::move(begin), [self = shared_from_this()](std::exception_ptr failure) {
      if (!failure) return;
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& error) {
        if (self->shared->options.on_error) self->shared->options.on_error(Request{}, error.what());
      }
    });
  }

  static void turn_away(tcp::socket socket) {
    static constexpr std::string_view kBusy =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.send(asio::buffer(kBusy), 0, ignored);
  }
};

Server::Server(EventLoops& loops, ServerOptions options, Handler handler) : impl_(std::make_shared<Impl>(loops)) {
  impl_->shared->options = std::move(options);
  impl_->shared->handler = std::move(handler);
}

Server::~Server() {
  stop_accepting();
  for (auto& registry : impl_->registries) registry->stop();
}

void Server::route_websocket(std::string path, WebSocketHandler handler) {
  impl_->shared->sockets.emplace_back(std::move(path), std::move(handler));
}

std::uint16_t Server::listen(const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) throw Error(500, fmt::format("APP_HOST: got \"{}\", takes an IP address such as 0.0.0.0, 127.0.0.1 or ::", host));
  const tcp::endpoint endpoint(address, port);
  tcp::acceptor& acceptor = impl_->acceptor.emplace(impl_->loops.at(0));
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw Error(500, fmt::format("APP_PORT: cannot listen on {} port {}: {}", host, port, error.message()));
  for (std::size_t i = 0; i < impl_->loops.size(); ++i) impl_->registries[i]->start();
  auto loop = [impl = impl_]() -> Task<void> { co_await impl->accept_all(); };
  asio::co_spawn(impl_->loops.at(0), std::move(loop), [](std::exception_ptr) {});
  return acceptor.local_endpoint().port();
}

void Server::stop_accepting() {
  asio::post(impl_->loops.at(0), [impl = impl_] {
    boost::system::error_code ignored;
    if (impl->acceptor) impl->acceptor->close(ignored);
  });
}

void Server::drain(std::chrono::milliseconds deadline) {
  impl_->shared->draining = true;
  const auto end = std::chrono::steady_clock::now() + deadline;
  auto everywhere = [&](void (Registry::*what)()) {
    for (std::size_t i = 0; i < impl_->loops.size(); ++i)
      asio::post(impl_->loops.at(i), [registry = impl_->registries[i], what] { (*registry.*what)(); });
  };
  while (impl_->shared->connections > 0 && std::chrono::steady_clock::now() < end) {
    everywhere(&Registry::close_idle);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  everywhere(&Registry::close_all);
  for (int i = 0; i < 100 && impl_->shared->connections > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

std::size_t Server::connections() const { return impl_->shared->connections; }

}  // namespace flotilla::http
