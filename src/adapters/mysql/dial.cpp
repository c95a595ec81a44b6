#include "adapters/mysql/dial.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>

#include "adapters/mysql/nonblocking.hpp"

namespace flotilla::mysql {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using data::SqlError;
using Descriptor = asio::posix::stream_descriptor;

/// Of the stack on which Connector/C waits; TLS needs most of it.
constexpr std::size_t kStackBytes = 256 * 1024;
constexpr unsigned kTooManyConnections = 1040, kTooManyOfUser = 1203, kUserLimit = 1226;

[[noreturn]] void fail(const MysqlOptions& options, std::string_view why,
                       SqlError::Kind kind = SqlError::Kind::unavailable) {
  const bool socket = options.host.starts_with('/');
  const std::string port = socket ? "" : fmt::format(":{}", options.port);
  throw SqlError(
      kind, fmt::format("{} at {}{} cannot be used: {}",
                        options.product == Product::mariadb ? "MariaDB" : "MySQL", options.host, port, why));
}

/// An address of the host: looking it up must not stop the event loop. A certificate that is checked names
/// the host, which then is looked up by Connector/C itself.
Task<std::string> address_of(const MysqlOptions& options) {
  boost::system::error_code error;
  if (options.host.starts_with('/') || options.ssl.mode == "verify-full") co_return options.host;
  asio::ip::make_address(options.host, error);
  if (!error) co_return options.host;
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  auto [failed, found] = co_await resolver.async_resolve(options.host, std::to_string(options.port),
                                                         asio::as_tuple(asio::use_awaitable));
  if (failed) fail(options, failed.message());
  co_return found.begin()->endpoint().address().to_string();
}

/// One wait for a socket that Connector/C may close right after it.
struct Watch {
  explicit Watch(const asio::any_io_executor& executor) : socket(executor), timer(executor) {}
  Descriptor socket;
  asio::steady_timer timer;
};

Task<int> ready(int socket, int asked, Clock::time_point deadline) {
  auto watch = std::make_shared<Watch>(co_await asio::this_coro::executor);
  watch->socket.assign(dup(socket));
  watch->timer.expires_at(deadline);
  watch->timer.async_wait([watch](boost::system::error_code error) {
    boost::system::error_code ignored;
    if (!error) watch->socket.close(ignored);
  });
  const bool to_write = asked & MYSQL_WAIT_WRITE;
  auto [error] = co_await watch->socket.async_wait(to_write ? Descriptor::wait_write : Descriptor::wait_read,
                                                   asio::as_tuple(asio::use_awaitable));
  watch->timer.cancel();
  co_return error ? MYSQL_WAIT_TIMEOUT : to_write ? MYSQL_WAIT_WRITE : MYSQL_WAIT_READ;
}

void set_text(MYSQL* connection, mysql_option option, const std::string& value) {
  if (!value.empty()) mysql_optionsv(connection, option, value.c_str());
}

void set_up(MYSQL* connection, const MysqlOptions& options) {
  const MysqlOptions::Ssl& ssl = options.ssl;
  mysql_optionsv(connection, MYSQL_OPT_NONBLOCK, &kStackBytes);
  // It would take "localhost" for a socket.
  const unsigned protocol = options.host.starts_with('/') ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  mysql_optionsv(connection, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (ssl.mode == "disable" || ssl.mode == "allow") return;
  // With a CA the certificate must come from it, whatever the mode; the name in it is another question. A
  // server without TLS is connected to all the same: see is_encrypted_enough().
  const my_bool use = 1, verify = ssl.mode == "verify-full";
  set_text(connection, MYSQL_OPT_SSL_CA, ssl.root_cert);
  set_text(connection, MYSQL_OPT_SSL_CERT, ssl.certificate);
  set_text(connection, MYSQL_OPT_SSL_KEY, ssl.key);
  mysql_optionsv(connection, MYSQL_OPT_SSL_ENFORCE, &use);
  mysql_optionsv(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

bool is_encrypted_enough(MYSQL* connection, const MysqlOptions& options) {
  static constexpr std::string_view kWithout[] = {"", "disable", "allow", "prefer"};
  return mysql_get_ssl_cipher(connection) || options.host.starts_with('/') ||
         std::ranges::find(kWithout, options.ssl.mode) != std::end(kWithout);
}

Task<ConnectionHandle> connect(const MysqlOptions& options, Clock::time_point deadline) {
  const std::string address = co_await address_of(options);
  const bool socket = address.starts_with('/');
  ConnectionHandle connection(mysql_init(nullptr));
  if (!connection) throw std::bad_alloc();
  set_up(connection.get(), options);
  MYSQL* connected = nullptr;
  bool late = false;
  // CLIENT_FOUND_ROWS: an UPDATE counts the rows it met, not only those that it made different.
  auto begin = [&] {
    return mysql_real_connect_start(&connected, connection.get(), socket ? nullptr : address.c_str(),
                                    options.user.c_str(), options.password.c_str(), options.database.c_str(),
                                    static_cast<unsigned>(options.port), socket ? address.c_str() : nullptr,
                                    CLIENT_FOUND_ROWS | CLIENT_REMEMBER_OPTIONS);
  };
  auto go_on = [&](int happened) {
    late = late || happened == MYSQL_WAIT_TIMEOUT;
    return mysql_real_connect_cont(&connected, connection.get(), happened);
  };
  auto wait = [&](int asked) { return ready(mysql_get_socket(connection.get()), asked, deadline); };
  co_await drive(begin, go_on, wait);
  if (!connected) {
    if (late) fail(options, fmt::format("no answer within {} ms", options.connect_timeout_ms));
    const unsigned code = mysql_errno(connection.get());
    const bool full = code == kTooManyConnections || code == kTooManyOfUser || code == kUserLimit;
    fail(options, mysql_error(connection.get()), full ? SqlError::Kind::busy : SqlError::Kind::unavailable);
  }
  if (!is_encrypted_enough(connection.get(), options)) fail(options, "it does not offer TLS");
  co_return connection;
}

/// Says to a new connection what every one is told first.
Task<std::optional<SqlError>> prepare_session(Link& link, const MysqlOptions& options, Role role) {
  for (const std::string& text : session_statements(options, role)) {
    const data::Fragment statement(text);
    Answer answer = co_await link.run(statement, false);
    if (answer.error) co_return std::move(answer.error);
  }
  co_return std::nullopt;
}

}  // namespace

Task<std::shared_ptr<Link>> dial(const MysqlOptions& options, Role role,
                                 std::shared_ptr<const SchemaVersion> schema) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(options.connect_timeout_ms);
  ConnectionHandle connection = co_await connect(options, deadline);
  if (const std::string why = refusal(options.product, mysql_get_server_info(connection.get())); !why.empty())
    fail(options, why);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto link = std::make_shared<Link>(executor, std::move(connection), options.statement_cache_size,
                                     std::move(schema));
  // A server that stops in the middle of them would keep the pool waiting.
  auto timer = std::make_shared<asio::steady_timer>(executor, deadline);
  timer->async_wait([timer, weak = std::weak_ptr(link)](boost::system::error_code error) {
    if (auto late = weak.lock(); late && !error) late->close("it did not answer in time");
  });
  const std::optional<SqlError> refused = co_await prepare_session(*link, options, role);
  timer->cancel();
  if (refused) fail(options, refused->what(), refused->kind);
  co_return link;
}

}  // namespace flotilla::mysql
