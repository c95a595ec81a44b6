#include "ops/chaos/http_client.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace flotilla::ops::chaos {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr const char* kNodeHeader = "X-Flotilla-Node";
constexpr std::uint64_t kBodyBytesMax = 256u << 20;
constexpr std::size_t kShownBytes = 200;

}  // namespace

struct HttpClient::Connection {
  explicit Connection(const asio::any_io_executor& executor) : stream(executor) {}
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
};

Json Answer::data() const {
  bool ok = false;
  const Json document = json::try_parse(body, &ok);
  if (!ok || !document.is_object()) return nullptr;
  const Json* data = json::find(document.get_object(), "data");
  return data ? *data : Json(nullptr);
}

std::string Answer::shown() const { return fmt::format("{} {}", status, body.substr(0, kShownBytes)); }

HttpClient::HttpClient(Target target, std::chrono::milliseconds timeout)
    : target_(std::move(target)), timeout_(timeout) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

Task<void> HttpClient::connect() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  const auto addresses = co_await resolver.async_resolve(target_.host, target_.port, asio::use_awaitable);
  auto connection = std::make_unique<Connection>(executor);
  connection->stream.expires_after(timeout_);
  co_await connection->stream.async_connect(addresses, asio::use_awaitable);
  connection->stream.socket().set_option(asio::ip::tcp::no_delay(true));
  connection_ = std::move(connection);
}

Task<Answer> HttpClient::send(std::string_view method, std::string path, std::string token, Json body) {
  beast::http::request<beast::http::string_body> request;
  request.version(11);
  request.method_string(method);
  request.target(path);
  request.set("Host", target_.host + ":" + target_.port);
  request.set(kNodeHeader, "?");
  if (!token.empty()) request.set("Authorization", "Bearer " + token);
  if (!body.is_null()) {
    request.set("Content-Type", "application/json");
    request.body() = json::dump(body);
  }
  request.prepare_payload();
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(kBodyBytesMax);
  std::string failure;
  try {
    if (!connection_) co_await connect();
    Connection& connection = *connection_;
    connection.stream.expires_after(timeout_);
    co_await beast::http::async_write(connection.stream, request, asio::use_awaitable);
    co_await beast::http::async_read(connection.stream, connection.buffer, parser, asio::use_awaitable);
  } catch (const boost::system::system_error& error) {
    failure = error.code().message();
  }
  if (!failure.empty()) {
    connection_.reset();
    throw NoAnswer(failure);
  }
  if (!parser.keep_alive()) connection_.reset();
  auto& response = parser.get();
  co_return Answer{static_cast<int>(response.result_int()), std::string(response[kNodeHeader]),
                   std::move(response.body())};
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_.~").contains(c);
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace flotilla::ops::chaos
