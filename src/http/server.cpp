#include "http/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <thread>

#include "base/error.hpp"
#include "http/connection.hpp"
#include "http/error_body.hpp"
#include "http/request_id.hpp"
#include "http/response_head.hpp"
#include "runtime/event_loops.hpp"

namespace flotilla::http {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::milliseconds kAcceptPause{20};
constexpr std::size_t kTurnedAwayMax = 256;
constexpr std::chrono::milliseconds kTurnedAwayTime{500};
/// What a WebSocket has to answer a close, and a client to complete the head of a request, when the server
/// ends.
constexpr std::chrono::milliseconds kDrainPatience{500};

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  EventLoops& loops;
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  std::vector<std::shared_ptr<Registry>> registries;
  std::optional<tcp::acceptor> acceptor;

  explicit Impl(EventLoops& loops) : loops(loops) {
    for (std::size_t i = 0; i < loops.size(); ++i)
      registries.push_back(std::make_shared<Registry>(loops.at(i)));
  }

  Task<void> accept_all() {
    auto self = shared_from_this();
    std::size_t turn = 0;
    while (acceptor->is_open()) {
      const std::size_t index = turn++ % loops.size();
      boost::system::error_code error;
      tcp::socket socket =
          co_await acceptor->async_accept(loops.at(index), asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
      if (error) {
        co_await pause_after(error);
        continue;
      }
      if (shared->connections >= shared->options.limits.connections_max) {
        turn_away(std::move(socket), index);
        continue;
      }
      start(std::move(socket), index);
    }
  }

  void start(tcp::socket socket, std::size_t index) {
    // Counted here and not on its loop, or a burst would pass the limit. Holds nothing of other loops: it may
    // be destroyed with its own.
    ++shared->connections;
    auto counted =
        std::shared_ptr<Shared>(shared.get(), [shared = shared](Shared*) { --shared->connections; });
    auto begin = [counted, registry = registries[index], socket = std::move(socket)]() mutable -> Task<void> {
      auto connection =
          std::make_shared<Connection>(std::move(socket), std::move(counted), std::move(registry));
      co_await connection->run();
    };
    asio::co_spawn(loops.at(index), std::move(begin), [shared = shared](std::exception_ptr failure) {
      if (!failure) return;
      std::string what = "an exception that is no std::exception";
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& error) {
        what = error.what();
      } catch (...) {
      }
      if (shared->options.on_error) shared->options.on_error(Request{}, what);
    });
  }

  /// The peer may be gone already, which costs nothing; out of descriptors, trying again at once would only
  /// burn time.
  static Task<void> pause_after(const boost::system::error_code& error) {
    if (error == asio::error::connection_aborted) co_return;
    asio::steady_timer pause(co_await asio::this_coro::executor, kAcceptPause);
    boost::system::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void turn_away(tcp::socket socket, std::size_t index) {
    ++shared->refused;
    Request unread;
    unread.id = request_id({});
    Response response;
    response.status = 503;
    response.headers.add("Retry-After", "1");
    response.body = error_body(Error(503, "too many connections, please try again", "OVERLOADED"));
    std::string busy;
    append_head(busy, response, unread, response.body.size(), false);
    busy += response.body;
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.send(asio::buffer(busy), 0, ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    if (shared->turned_away >= kTurnedAwayMax) return;
    asio::co_spawn(loops.at(index), let_read(std::move(socket), shared), asio::detached);
  }

  /// Closing with the client's request unread would reset the connection and might discard the answer.
  static Task<void> let_read(tcp::socket socket, std::shared_ptr<Shared> shared) {
    ++shared->turned_away;
    auto timer = std::make_shared<asio::steady_timer>(socket.get_executor(), kTurnedAwayTime);
    auto watched = std::make_shared<tcp::socket>(std::move(socket));
    timer->async_wait([watched](const boost::system::error_code& error) {
      boost::system::error_code ignored;
      if (!error) watched->cancel(ignored);
    });
    std::array<char, 4096> discarded;
    boost::system::error_code error;
    while (!error)
      co_await watched->async_read_some(asio::buffer(discarded),
                                        asio::redirect_error(asio::use_awaitable, error));
    timer->cancel();
    --shared->turned_away;
  }
};

Server::Server(EventLoops& loops, ServerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(loops)) {
  impl_->shared->options = std::move(options);
  impl_->shared->handler = std::move(handler);
}

Server::~Server() {
  stop_accepting();
  for (std::size_t i = 0; i < impl_->loops.size(); ++i)
    asio::post(impl_->loops.at(i), [registry = impl_->registries[i]] { registry->stop(); });
}

void Server::route_websocket(std::string path, WebSocketHandler handler) {
  impl_->shared->sockets.emplace_back(std::move(path), std::move(handler));
}

std::uint16_t Server::listen(const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error)
    throw Error(
        500, fmt::format("APP_HOST: got \"{}\", takes an IP address such as 0.0.0.0, 127.0.0.1 or ::", host));
  const tcp::endpoint endpoint(address, port);
  tcp::acceptor& acceptor = impl_->acceptor.emplace(impl_->loops.at(0));
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    throw Error(500, fmt::format("APP_PORT: cannot listen on {} port {}: {}", host, port, error.message()));
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
  const auto patience_ends = std::chrono::steady_clock::now() + std::min(deadline, kDrainPatience);
  auto everywhere = [&](auto what) {
    for (std::size_t i = 0; i < impl_->loops.size(); ++i)
      asio::post(impl_->loops.at(i), [registry = impl_->registries[i], what] { what(*registry); });
  };
  while (impl_->shared->connections > 0 && std::chrono::steady_clock::now() < end) {
    everywhere([patience_ends](Registry& registry) { registry.end_soon(patience_ends); });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  everywhere([](Registry& registry) { registry.close_all(); });
  for (int i = 0; i < 100 && impl_->shared->connections > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

std::size_t Server::connections() const { return impl_->shared->connections; }

std::uint64_t Server::connections_refused() const { return impl_->shared->refused; }

}  // namespace flotilla::http
