#include "http/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "base/error.hpp"
#include "http/connection.hpp"
#include "http/error_body.hpp"
#include "http/listen_socket.hpp"
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
/// What is there for another process to accept is taken after this time, as many at once at most.
constexpr std::chrono::milliseconds kLeftOverAfter{25};
constexpr int kLeftOverMax = 64;
/// For connections whose first packet was let in when the listener began to close: a round trip.
constexpr std::chrono::milliseconds kHandshakePatience{100};
constexpr std::chrono::milliseconds kEmptyingMax{2'000};

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  EventLoops& loops;
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  std::vector<std::shared_ptr<Registry>> registries;
  std::vector<std::unique_ptr<tcp::acceptor>> own;     ///< the first loop's
  std::vector<std::unique_ptr<tcp::acceptor>> others;  ///< likewise: what other processes accept from
  std::size_t turn = 0;                                ///< of the loops; on the first one
  std::atomic<int> accepting{0};                       ///< coroutines that may still take a connection

  explicit Impl(EventLoops& loops) : loops(loops) {
    for (std::size_t i = 0; i < loops.size(); ++i)
      registries.push_back(std::make_shared<Registry>(loops.at(i)));
  }

  Task<void> accept_all(tcp::acceptor& acceptor) {
    auto self = shared_from_this();
    while (acceptor.is_open()) {
      const std::size_t index = turn++ % loops.size();
      boost::system::error_code error;
      tcp::socket socket =
          co_await acceptor.async_accept(loops.at(index), asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
      if (error)
        co_await pause_after(error);
      else
        take(std::move(socket), index);
    }
  }

  /// What another process should take waits a moment for it. A process that is there is faster, and is woken
  /// for nothing by no more than the pause allows.
  Task<void> accept_left_over(tcp::acceptor& acceptor) {
    auto self = shared_from_this();
    boost::system::error_code error;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (acceptor.is_open()) {
      co_await acceptor.async_wait(tcp::acceptor::wait_read,
                                   asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      pause.expires_after(kLeftOverAfter);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      for (int i = 0; i < kLeftOverMax && acceptor.is_open(); ++i) {
        const std::size_t index = turn++ % loops.size();
        tcp::socket socket(loops.at(index));
        acceptor.accept(socket, error);
        if (error) break;
        take(std::move(socket), index);
      }
    }
  }

  void take(tcp::socket socket, std::size_t index) {
    if (shared->connections >= shared->options.limits.connections_max)
      turn_away(std::move(socket), index);
    else
      start(std::move(socket), index);
  }

  void begin() {
    for (auto& registry : registries) registry->start();
    for (auto& acceptor : own)
      spawn([impl = shared_from_this(), at = acceptor.get()]() -> Task<void> {
        co_await impl->accept_all(*at);
      });
    for (auto& acceptor : others)
      spawn([impl = shared_from_this(), at = acceptor.get()]() -> Task<void> {
        co_await impl->accept_left_over(*at);
      });
  }

  void spawn(auto loop) {
    ++accepting;
    asio::co_spawn(loops.at(0), std::move(loop),
                   [self = shared_from_this()](std::exception_ptr) { --self->accepting; });
  }

  void close() {
    asio::post(loops.at(0), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->for_each_listener([&](tcp::acceptor& listener) { listener.close(ignored); });
    });
  }

  void for_each_listener(auto what) {
    for (auto* listeners : {&own, &others})
      for (auto& listener : *listeners) what(*listener);
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
  impl_->close();
  for (std::size_t i = 0; i < impl_->loops.size(); ++i)
    asio::post(impl_->loops.at(i), [registry = impl_->registries[i]] { registry->stop(); });
}

void Server::route_websocket(std::string path, WebSocketHandler handler) {
  impl_->shared->sockets.emplace_back(std::move(path), std::move(handler));
}

std::uint16_t Server::listen(const std::string& host, std::uint16_t port) {
  impl_->own.push_back(std::make_unique<tcp::acceptor>(open_listener(impl_->loops.at(0), host, port)));
  impl_->begin();
  return impl_->own.front()->local_endpoint().port();
}

std::uint16_t Server::adopt(const std::vector<int>& listeners, std::size_t own) {
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    auto acceptor = std::make_unique<tcp::acceptor>(impl_->loops.at(0));
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ::getsockname(listeners[i], reinterpret_cast<sockaddr*>(&address), &length);
    acceptor->assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), listeners[i]);
    acceptor->non_blocking(true);
    acceptor->listen(asio::socket_base::max_listen_connections);  // does nothing to one that does
    (i == own ? impl_->own : impl_->others).push_back(std::move(acceptor));
  }
  impl_->begin();
  return impl_->own.front()->local_endpoint().port();
}

void Server::stop_accepting() {
  impl_->close();
  const auto end = std::chrono::steady_clock::now() + kEmptyingMax;
  while (impl_->accepting > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Server::close_listeners() {
  using namespace std::chrono;
  impl_->for_each_listener(refuse_handshakes);
  const auto end = steady_clock::now() + kEmptyingMax;
  std::this_thread::sleep_for(kHandshakePatience);
  const auto waits = [&] {
    bool any = false;
    impl_->for_each_listener([&](tcp::acceptor& listener) { any = any || has_waiting(listener); });
    return any;
  };
  while (waits() && steady_clock::now() < end && !impl_->shared->hurried)
    std::this_thread::sleep_for(milliseconds(1));
  stop_accepting();
}

void Server::announce_end() { impl_->shared->draining = true; }

bool Server::drain(std::chrono::milliseconds deadline) {
  announce_end();
  const auto end = std::chrono::steady_clock::now() + deadline;
  const auto patience_ends = std::chrono::steady_clock::now() + std::min(deadline, kDrainPatience);
  auto everywhere = [&](auto what) {
    for (std::size_t i = 0; i < impl_->loops.size(); ++i)
      asio::post(impl_->loops.at(i), [registry = impl_->registries[i], what] { what(*registry); });
  };
  while (impl_->shared->connections > 0 && std::chrono::steady_clock::now() < end &&
         !impl_->shared->hurried) {
    everywhere([patience_ends](Registry& registry) { registry.end_soon(patience_ends); });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  everywhere([](Registry& registry) { registry.close_all(); });
  for (int i = 0; i < 100 && impl_->shared->connections > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return impl_->shared->connections == 0;
}

void Server::hurry() { impl_->shared->hurried = true; }

std::size_t Server::connections() const { return impl_->shared->connections; }

std::uint64_t Server::connections_refused() const { return impl_->shared->refused; }

}  // namespace flotilla::http
