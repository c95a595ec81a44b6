#include "http/connection.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "http/compress.hpp"
#include "http/error_body.hpp"
#include "http/file_sender.hpp"
#include "runtime/blocking_pool.hpp"

namespace flotilla::http {
namespace {

namespace asio = boost::asio;

// Measured on JSON rows: 32 KiB are about a millisecond of gzip, 256 KiB are eight, 1 MiB 32. Without a pool
// the loop is held for the middle ones, because the wire is dearer; beyond that they are sent as they are.
constexpr std::size_t kCompressOnLoopBytes = 32 * 1024;
constexpr std::size_t kCompressWithoutPoolBytes = 256 * 1024;
constexpr std::size_t kCompressBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kKeptBodyBytes = 64 * 1024;  ///< an idle connection keeps no larger buffer

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, std::shared_ptr<Shared> shared,
                       std::shared_ptr<Registry> registry)
    : socket_(std::move(socket)), shared_(std::move(shared)), registry_(std::move(registry)) {
  registry_->add(*this);
}

Connection::~Connection() { registry_->remove(*this); }

void Connection::enter(Phase phase, int timeout_ms) {
  phase_ = phase;
  timed_out_ = false;
  entered_ = std::chrono::steady_clock::now();
  pace_ = Pace(entered_, std::chrono::milliseconds(timeout_ms), shared_->options.limits.transfer_rate_min);
}

void Connection::enter_untimed(Phase phase) {
  phase_ = phase;
  timed_out_ = false;
  pace_ = {};
}

void Connection::expire() {
  timed_out_ = true;
  pace_ = {};
  // A reader wakes up and answers 408; a writer has nobody to tell.
  if (phase_ == Phase::head || phase_ == Phase::body) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  } else {
    close();
  }
}

void Connection::end_soon(TimePoint patience_ends) {
  const TimePoint now = std::chrono::steady_clock::now();
  if (phase_ == Phase::lingering) return close();
  if (phase_ == Phase::idle) {
    boost::system::error_code ignored;
    const bool asks = more_waits() || socket_.available(ignored) > 0;
    if (now >= entered_ + (asked_ ? kDrainIdle : kDrainFirst) && !asks) close();
    return;
  }
  if (phase_ != Phase::head && phase_ != Phase::socket) return;
  if (now >= patience_ends) return close();
  if (talking_) talking_->go_away();
}

void Connection::close() {
  boost::system::error_code ignored;
  if (talking_) return talking_->cut();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

Task<void> Connection::run() {
  auto self = shared_from_this();
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  const asio::ip::tcp::endpoint peer = socket_.remote_endpoint(ignored);
  request_.remote = peer.address().to_string();
  enter(Phase::idle, shared_->options.limits.idle_timeout_ms);
  while (keep_alive_ && socket_.is_open()) {
    const Read read = co_await read_request();
    if (read == Read::ended) break;
    asked_ = true;
    if (read == Read::refused) {
      if (co_await flush()) co_await linger();
      break;
    }
    if (const WebSocketHandler* handler = shared_->socket_at(request_.path);
        handler && iequals(request_.headers.get("Upgrade"), "websocket") && request_.method == "GET") {
      if (!more_waits()) {
        if (co_await flush()) co_await serve_socket(*handler);
        co_return;
      }
      refuse(400, "nothing may follow an upgrade before it is answered");
      if (co_await flush()) co_await linger();
      break;
    }
    co_await answer();
    const bool may_gather = more_waits() && ++gathered_ < shared_->options.limits.pipelined_max;
    if ((!may_gather || !keep_alive_) && !co_await flush()) break;
    forget_request();
    enter(Phase::idle, shared_->options.limits.idle_timeout_ms);
  }
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Connection::forget_request() {
  if (request_.body.capacity() > kKeptBodyBytes) request_.body = {};
  if (out_.capacity() > 4 * kKeptBodyBytes && out_.empty()) out_ = {};
}

Task<Response> Connection::call_handler() {
  Response response;
  std::string unexpected;
  try {
    co_return co_await shared_->handler(request_);
  } catch (const Error& error) {
    response.status = error.status();
    response.body = error_body(error);
    co_return response;
  } catch (const std::exception& error) {
    unexpected = error.what();
  } catch (...) {
    unexpected = "an exception that is no std::exception";
  }
  co_return unexpected_failure(unexpected);
}

Response Connection::unexpected_failure(const std::string& what) const {
  if (shared_->options.on_error) shared_->options.on_error(request_, what);
  Response response;
  response.status = 500;
  response.body = json::dump(JsonObject{
      {"errors", {{{"message", "Internal Server Error"}, {"code", "INTERNAL_ERROR"}, {"id", request_.id}}}}});
  return response;
}

Task<void> Connection::compress(Response& response) {
  BlockingPool* const pool = shared_->options.compress_pool;
  const std::size_t size = response.body.size();
  if (!response.compress || size < kCompressBytesMin ||
      size > (pool ? kCompressBytesMax : kCompressWithoutPoolBytes))
    co_return;
  if (!is_compressible(response.content_type) || response.headers.has("Content-Encoding")) co_return;
  response.headers.add("Vary", "Accept-Encoding");
  const Coding coding = choose_coding(request_.headers.get("Accept-Encoding"));
  if (coding == Coding::identity) co_return;
  if (pool && size > kCompressOnLoopBytes) {
    auto job = [&response, coding] { return http::compress(response.body, coding); };
    try {
      response.body = co_await pool->run(job);
    } catch (const Error&) {
      co_return;  // the pool is busy: more bytes are better than no answer
    }
  } else {
    response.body = http::compress(response.body, coding);
  }
  response.headers.add("Content-Encoding", std::string(coding_name(coding)));
}

Task<void> Connection::answer() {
  const auto began = std::chrono::steady_clock::now();
  enter_untimed(Phase::handling);
  send_while_handling();
  Response response = co_await call_handler();
  co_await compress(response);
  std::optional<FileSender> file;
  if (!response.file_path.empty()) {
    file.emplace(response.file_path, response.file_offset, response.file_size);
    if (!file->is_open()) {
      response = unexpected_failure("cannot open " + response.file_path);
      file.reset();
    }
  }
  const int status = response.status;
  const std::uint64_t bytes = file ? response.file_size : response.body.size();
  const bool sent =
      co_await queue(std::move(response), file ? &*file : nullptr, keep_alive_ && !shared_->draining);
  if (!sent) keep_alive_ = false;
  if (shared_->options.on_access)
    shared_->options.on_access(
        request_, status, bytes,
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began));
}

Task<void> Connection::serve_socket(const WebSocketHandler& handler) {
  const auto began = std::chrono::steady_clock::now();
  const Limits& limits = shared_->options.limits;
  enter_untimed(Phase::socket);
  const SocketLimits socket_limits{limits.message_bytes_max,
                                   std::chrono::milliseconds(limits.socket_idle_timeout_ms)};
  const SocketEnd end = co_await run_socket(std::move(socket_), std::move(parser_->get()), request_, handler,
                                            socket_limits, talking_);
  if (!end.failure.empty() && shared_->options.on_error) shared_->options.on_error(request_, end.failure);
  if (shared_->options.on_access)
    shared_->options.on_access(
        request_, end.accepted ? 101 : 400, 0,
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began));
}

}  // namespace flotilla::http
