#include "adapters/postgres/dial.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/strings.hpp"

namespace flotilla::postgres {
namespace {

namespace asio = boost::asio;
using data::SqlError;
using Descriptor = asio::posix::stream_descriptor;

constexpr int kOldestServer = 100'000;  // 10.0

[[noreturn]] void fail(const PostgresOptions& options, std::string_view why) {
  const bool socket = options.host.starts_with('/');
  const std::string port = socket ? "" : fmt::format(":{}", options.port);
  throw SqlError(SqlError::Kind::unavailable,
                 fmt::format("PostgreSQL at {}{} cannot be reached: {}", options.host, port, why));
}

/// Why libpq could not connect, in one line: without its advice, and only the server's words where it has
/// any.
std::string reason(std::string_view text) {
  std::string out;
  for (const std::string& line : split(text, '\n'))
    if (!line.empty() && !line.starts_with('\t')) out += (out.empty() ? "" : "; ") + line;
  const std::size_t fatal = out.rfind("FATAL:");
  return fatal == std::string::npos ? out : out.substr(fatal);
}

/// The addresses of a host name, joined by commas; empty when it needs no look-up.
Task<std::string> addresses_of(const PostgresOptions& options) {
  boost::system::error_code error;
  if (options.host.starts_with('/')) co_return std::string();
  asio::ip::make_address(options.host, error);
  if (!error) co_return std::string();
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  auto [failed, found] = co_await resolver.async_resolve(options.host, std::to_string(options.port),
                                                         asio::as_tuple(asio::use_awaitable));
  if (failed) fail(options, failed.message());
  std::string out;
  for (const auto& entry : found) out += (out.empty() ? "" : ",") + entry.endpoint().address().to_string();
  co_return out;
}

/// One wait for a socket that libpq may close, or replace by another, right after it.
struct Watch {
  explicit Watch(const asio::any_io_executor& executor) : socket(executor), timer(executor) {}
  Descriptor socket;
  asio::steady_timer timer;
};

/// False when the time is over.
Task<bool> ready(int socket, bool to_write, std::chrono::steady_clock::time_point deadline) {
  auto watch = std::make_shared<Watch>(co_await asio::this_coro::executor);
  watch->socket.assign(dup(socket));
  watch->timer.expires_at(deadline);
  watch->timer.async_wait([watch](boost::system::error_code error) {
    boost::system::error_code ignored;
    if (!error) watch->socket.close(ignored);
  });
  auto [error] = co_await watch->socket.async_wait(to_write ? Descriptor::wait_write : Descriptor::wait_read,
                                                   asio::as_tuple(asio::use_awaitable));
  watch->timer.cancel();
  co_return !error;
}

ConnectionHandle begin(const PostgresOptions& options, Role role, std::string_view addresses) {
  const auto pairs = connect_keywords(options, role, addresses);
  std::vector<const char*> names, values;
  for (const auto& [name, value] : pairs) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  return ConnectionHandle(PQconnectStartParams(names.data(), values.data(), 0));
}

}  // namespace

Task<std::shared_ptr<Link>> dial(const PostgresOptions& options, Role role,
                                 std::shared_ptr<const SchemaVersion> schema) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options.connect_timeout_ms);
  const std::string addresses = co_await addresses_of(options);
  ConnectionHandle connection = begin(options, role, addresses);
  if (!connection) throw std::bad_alloc();
  PostgresPollingStatusType step =
      PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (step == PGRES_POLLING_READING || step == PGRES_POLLING_WRITING) {
    if (!co_await ready(PQsocket(connection.get()), step == PGRES_POLLING_WRITING, deadline))
      fail(options, fmt::format("no answer within {} ms", options.connect_timeout_ms));
    step = PQconnectPoll(connection.get());
  }
  if (step != PGRES_POLLING_OK) {
    fail(options, reason(PQerrorMessage(connection.get())));
  }
  if (const int version = PQserverVersion(connection.get()); version < kOldestServer)
    fail(options, fmt::format("its version {} is too old, 10 is needed", version / 10'000));
  Link::Settings settings{options.prepared ? options.statement_cache_size : 0, std::move(schema)};
  co_return std::make_shared<Link>(co_await asio::this_coro::executor, std::move(connection),
                                   std::move(settings));
}

}  // namespace flotilla::postgres
