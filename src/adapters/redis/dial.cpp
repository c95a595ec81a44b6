#include "adapters/redis/dial.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <vector>

#include "cluster/unavailable.hpp"

namespace flotilla::redis {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using cluster::Unavailable;
using Endpoint = asio::generic::stream_protocol::endpoint;

/// One operation against the clock. It is held by its handler too: a name server that hangs may answer long
/// after its caller has given up.
struct Attempt {
  explicit Attempt(const asio::any_io_executor& executor)
      : timer(executor), resolver(executor), socket(executor) {}
  asio::steady_timer timer;
  tcp::resolver resolver;
  Socket socket;
  std::vector<Endpoint> found;
  error_code error;
  bool ended = false;

  void end(error_code result) {
    ended = true;
    error = result;
    timer.cancel();
  }
};

Task<void> wait(std::shared_ptr<Attempt> attempt, cluster::Monotonic deadline) {
  attempt->timer.expires_at(deadline);
  if (!attempt->ended) co_await attempt->timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

[[noreturn]] void fail(const RedisUrl& url, Unavailable::Why why, const std::string& reason) {
  throw Unavailable(why, url.service(), "cannot connect to " + url.shown() + ": " + reason);
}

Task<std::vector<Endpoint>> resolve(const RedisUrl& url, cluster::Monotonic deadline) {
  if (!url.socket.empty())
    co_return std::vector<Endpoint>{asio::local::stream_protocol::endpoint(url.socket)};
  auto attempt = std::make_shared<Attempt>(co_await asio::this_coro::executor);
  attempt->resolver.async_resolve(url.host, std::to_string(url.port),
                                  [attempt](error_code error, const tcp::resolver::results_type& results) {
                                    for (const auto& entry : results)
                                      attempt->found.emplace_back(entry.endpoint());
                                    attempt->end(error);
                                  });
  co_await wait(attempt, deadline);
  if (!attempt->ended) {
    attempt->resolver.cancel();
    fail(url, Unavailable::Why::timeout, "its name could not be resolved in time");
  }
  if (attempt->error) fail(url, Unavailable::Why::network, attempt->error.message());
  co_return std::move(attempt->found);
}

}  // namespace

Task<Socket> dial(RedisUrl url, cluster::Monotonic deadline) {
  const std::vector<Endpoint> endpoints = co_await resolve(url, deadline);
  error_code last = asio::error::host_not_found;
  for (const Endpoint& endpoint : endpoints) {
    auto attempt = std::make_shared<Attempt>(co_await asio::this_coro::executor);
    attempt->socket.async_connect(endpoint, [attempt](error_code error) { attempt->end(error); });
    co_await wait(attempt, deadline);
    if (!attempt->ended) {
      error_code ignored;
      attempt->socket.close(ignored);
      fail(url, Unavailable::Why::timeout, "no answer in time");
    }
    last = attempt->error;
    if (last) continue;
    if (url.socket.empty()) {
      error_code ignored;
      attempt->socket.set_option(tcp::no_delay(true), ignored);
      attempt->socket.set_option(asio::socket_base::keep_alive(true), ignored);
    }
    co_return std::move(attempt->socket);
  }
  fail(url, Unavailable::Why::network, last.message());
}

}  // namespace flotilla::redis
