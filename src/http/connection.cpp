#include "http/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "http/compress.hpp"
#include "http/file_sender.hpp"
#include "http/head_scan.hpp"
#include "http/request_id.hpp"
#include "http/response_head.hpp"

namespace flotilla::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kGatherBytes = 64 * 1024;  ///< larger bodies are written from where they are
constexpr std::size_t kCompressInlineBytes =
    256 * 1024;  ///< larger ones would hold the loop too long: sent as they are
constexpr std::size_t kKeptBodyBytes = 64 * 1024;  ///< an idle connection keeps no larger buffer
constexpr int kLingerMs = 2'000;

std::string error_body(const Error& error) {
  JsonArray errors;
  for (const Error::Item& item : error.items()) {
    JsonObject shown{{"message", item.message}};
    if (!item.code.empty()) shown["code"] = item.code;
    errors.push_back(std::move(shown));
  }
  return json::dump(JsonObject{{"errors", std::move(errors)}});
}

bool is_multipart(std::string_view content_type) { return lower(content_type.substr(0, 10)) == "multipart/"; }

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
  deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
}

void Connection::enter_untimed(Phase phase) {
  phase_ = phase;
  timed_out_ = false;
  deadline_ = TimePoint::max();
}

void Connection::expire() {
  timed_out_ = true;
  deadline_ = TimePoint::max();
  // A reader wakes up and answers 408; a writer has nobody to tell.
  if (phase_ == Phase::head || phase_ == Phase::body) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  } else {
    close();
  }
}

void Connection::end_soon(TimePoint patience_ends) {
  if (phase_ == Phase::idle || phase_ == Phase::lingering) return close();
  if (phase_ != Phase::head && phase_ != Phase::socket) return;
  if (std::chrono::steady_clock::now() >= patience_ends) return close();
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
  const asio::ip::tcp::endpoint peer = socket_.remote_endpoint(ignored);
  request_.remote = peer.address().to_string();
  enter(Phase::idle, shared_->options.limits.idle_timeout_ms);
  while (keep_alive_ && socket_.is_open()) {
    const Read read = co_await read_request();
    if (read == Read::ended) break;
    if (read == Read::refused) {
      if (co_await flush()) co_await linger();
      break;
    }
    if (const WebSocketHandler* handler = shared_->socket_at(request_.path);
        handler && iequals(request_.headers.get("Upgrade"), "websocket") && request_.method == "GET") {
      if (co_await flush()) co_await serve_socket(*handler);
      co_return;
    }
    co_await answer();
    if ((!more_waits() || !keep_alive_) && !co_await flush()) break;
    if (shared_->draining) keep_alive_ = false;
    forget_request();
    enter(Phase::idle, shared_->options.limits.idle_timeout_ms);
  }
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

// Closing a socket with unread bytes resets it, and a reset may overtake the answer: a client that is still
// sending what was refused would never learn why.
Task<void> Connection::linger() {
  enter(Phase::lingering, shared_->draining ? 0 : kLingerMs);
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  in_.clear();
  while (co_await fill()) in_.clear();
}

void Connection::forget_request() {
  if (request_.body.capacity() > kKeptBodyBytes) request_.body = {};
  if (out_.capacity() > 4 * kKeptBodyBytes && out_.empty()) out_ = {};
}

Task<bool> Connection::fill() {
  boost::system::error_code error;
  auto space = in_.prepare(kReadBytes);
  const std::size_t n =
      co_await socket_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
  // A deadline may pass between the arrival of bytes and this line; there was nothing left to cancel then.
  if (error || timed_out_) co_return false;
  in_.commit(n);
  co_return true;
}

bool Connection::more_waits() const { return in_.size() > 0; }

Task<Connection::Read> Connection::read_request() {
  const Limits& limits = shared_->options.limits;
  parser_.emplace();
  parser_->header_limit(limits.header_bytes_max);
  parser_->body_limit(boost::none);  // the limit depends on the type: see take_head
  parser_->eager(false);
  while (!begins_request(in_)) {
    if (!out_.empty()) {
      if (!co_await flush()) co_return Read::ended;
      enter(Phase::idle, limits.idle_timeout_ms);
    }
    if (!co_await fill()) co_return Read::ended;
  }
  enter(Phase::head, limits.header_timeout_ms);
  while (true) {
    boost::system::error_code error;
    if (phase_ == Phase::head) {
      if (const std::string_view fault = head_fault(in_); !fault.empty()) {
        refuse_malformed(fault);
        co_return Read::refused;
      }
    }
    const std::size_t used = parser_->put(in_.data(), error);
    in_.consume(used);
    if (error == beast::http::error::need_more) error = {};
    if (error) {
      refuse_parse_error(error);
      co_return Read::refused;
    }
    if (parser_->is_done()) break;
    if (parser_->is_header_done() && phase_ == Phase::head) {
      if (!take_head()) co_return Read::refused;
      enter(Phase::body, limits.body_timeout_ms);
      parser_->eager(true);
      if (iequals(request_.headers.get("Expect"), "100-continue") && in_.size() == 0 && !old_client_) {
        out_ += "HTTP/1.1 100 Continue\r\n\r\n";
        if (!co_await flush()) co_return Read::ended;
        enter(Phase::body, limits.body_timeout_ms);
      }
      if (in_.size() > 0) continue;
    }
    if (used > 0 && in_.size() > 0 && parser_->is_header_done()) continue;
    // What is left is part of a line (of the head, or between chunks).
    if (in_.size() > limits.header_bytes_max) {
      refuse_malformed("a line is too long");
      co_return Read::refused;
    }
    if (!out_.empty()) {  // the client may wait for these before it sends the rest
      const Phase phase = phase_;
      const TimePoint deadline = deadline_;
      if (!co_await flush()) co_return Read::ended;
      phase_ = phase;
      deadline_ = deadline;
    }
    if (!co_await fill()) {
      if (!timed_out_) co_return Read::ended;
      if (phase_ == Phase::head) forget_head();
      refuse(408,
             phase_ == Phase::head ? "the request's head took too long" : "the request's body took too long");
      co_return Read::refused;
    }
  }
  if (phase_ == Phase::head && !take_head()) co_return Read::refused;
  request_.body = std::move(parser_->get().body());
  co_return Read::request;
}

bool Connection::take_head() {
  const Limits& limits = shared_->options.limits;
  auto& message = parser_->get();
  request_.method.assign(message.method_string());
  request_.target.assign(message.target());
  const std::string_view target = request_.target;
  const std::size_t mark = target.find('?');
  request_.path = target.substr(0, mark);
  request_.query = mark == target.npos ? std::string_view{} : target.substr(mark + 1);
  request_.body.clear();
  request_.headers = {};
  for (const auto& field : message) {
    request_.headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  request_.id = request_id(request_.headers.get("X-Request-Id"));
  keep_alive_ = message.keep_alive();
  old_client_ = message.version() < 11;
  if (target.size() > limits.target_bytes_max)
    return refuse(414, "the URL is too long: limit is " + std::to_string(limits.target_bytes_max) + " bytes"),
           false;
  if (target.empty() || (target.front() != '/' && target != "*"))
    return refuse(400, "the request target must be a path"), false;
  return check_framing() && check_length();
}

bool Connection::check_framing() {
  const auto& message = parser_->get();
  int hosts = 0, lengths = 0, codings = 0;
  for (const auto& field : message) {
    if (field.name() == beast::http::field::host) ++hosts;
    if (field.name() == beast::http::field::content_length) ++lengths;
    if (field.name() == beast::http::field::transfer_encoding) ++codings;
  }
  if (hosts > 1 || (hosts == 0 && !old_client_)) return refuse(400, "one Host header is required"), false;
  if (lengths > 1 ||
      request_.headers.get("Content-Length").find_first_not_of("0123456789") != std::string_view::npos)
    return refuse(400, "Content-Length must be one number"), false;
  if (codings == 0) return true;
  if (lengths > 0) return refuse(400, "Content-Length and Transfer-Encoding exclude each other"), false;
  if (old_client_) return refuse(400, "HTTP/1.0 knows no Transfer-Encoding"), false;
  if (codings > 1 || !iequals(trim(request_.headers.get("Transfer-Encoding")), "chunked"))
    return refuse(400, "the only Transfer-Encoding taken is chunked"), false;
  return true;
}

bool Connection::check_length() {
  const Limits& limits = shared_->options.limits;
  const bool upload = is_multipart(request_.headers.get("Content-Type"));
  const std::uint64_t limit = upload ? limits.upload_bytes_max : limits.body_bytes_max;
  const auto length = parser_->content_length();
  parser_->body_limit(limit);
  if (length && *length > limit) return refuse_too_large(), false;
  return true;
}

void Connection::refuse_parse_error(const boost::system::error_code& error) {
  if (!parser_->is_header_done()) forget_head();
  if (error == beast::http::error::header_limit)
    return refuse(431, "the request's head is too large: limit is " +
                           std::to_string(shared_->options.limits.header_bytes_max) + " bytes");
  if (error == beast::http::error::body_limit) return refuse_too_large();
  refuse(400, "malformed HTTP request: " + error.message());
}

void Connection::refuse_malformed(std::string_view fault) {
  if (!parser_->is_header_done()) forget_head();
  refuse(400, "malformed HTTP request: " + std::string(fault));
}

void Connection::refuse_too_large() {
  const Limits& limits = shared_->options.limits;
  const bool upload = is_multipart(request_.headers.get("Content-Type"));
  refuse(413, "request entity too large: limit is " +
                  std::to_string(upload ? limits.upload_bytes_max : limits.body_bytes_max) + " bytes (" +
                  (upload ? "FLOTILLA_HTTP_UPLOAD_BYTES_MAX" : "REQUEST_BODY_LIMIT") + ")");
}

/// What is known of the request before this one must not be told of one whose head was never read.
void Connection::forget_head() {
  std::string remote = std::move(request_.remote);
  request_ = {};
  request_.remote = std::move(remote);
  request_.id = request_id({});
}

void Connection::refuse(int status, std::string_view message, std::string_view code) {
  Response response;
  response.status = status;
  response.body = error_body(Error(status, std::string(message), std::string(code)));
  keep_alive_ = false;
  append_head(out_, response, request_, response.body.size(), false);
  out_ += response.body;
  if (shared_->options.on_access) shared_->options.on_access(request_, status, response.body.size(), {});
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
  if (!response.compress || response.body.size() < kCompressBytesMin ||
      response.body.size() > kCompressInlineBytes)
    co_return;
  if (!is_compressible(response.content_type) || response.headers.has("Content-Encoding")) co_return;
  response.headers.add("Vary", "Accept-Encoding");
  const Coding coding = choose_coding(request_.headers.get("Accept-Encoding"));
  if (coding == Coding::identity) co_return;
  response.body = http::compress(response.body, coding);
  response.headers.add("Content-Encoding", std::string(coding_name(coding)));
}

Task<void> Connection::answer() {
  const auto began = std::chrono::steady_clock::now();
  enter_untimed(Phase::handling);
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

Task<bool> Connection::queue(Response response, FileSender* file, bool keep_alive) {
  const bool has_body = request_.method != "HEAD" && response.status != 204 && response.status != 304;
  const std::uint64_t length = file ? response.file_size : response.body.size();
  if (keep_alive && old_client_) response.headers.set("Connection", "keep-alive");
  append_head(out_, response, request_, length, keep_alive);
  if (!keep_alive) keep_alive_ = false;
  if (!has_body) co_return true;
  if (file) co_return co_await send_file(*file);
  if (response.body.size() <= kGatherBytes) {
    out_ += response.body;
    if (out_.size() < kGatherBytes) co_return true;
    co_return co_await flush();
  }
  enter(Phase::writing, shared_->options.limits.write_timeout_ms);
  std::array<asio::const_buffer, 2> parts{asio::buffer(out_), asio::buffer(response.body)};
  boost::system::error_code error;
  co_await asio::async_write(socket_, parts, asio::redirect_error(asio::use_awaitable, error));
  out_.clear();
  co_return !error;
}

Task<bool> Connection::send_file(FileSender& file) {
  if (!co_await flush()) co_return false;
  while (!file.finished()) {
    enter(Phase::writing, shared_->options.limits.write_timeout_ms);
    if (!co_await file.send_some(socket_)) co_return false;
  }
  co_return true;
}

Task<bool> Connection::flush() {
  if (out_.empty()) co_return true;
  enter(Phase::writing, shared_->options.limits.write_timeout_ms);
  boost::system::error_code error;
  co_await asio::async_write(socket_, asio::buffer(out_), asio::redirect_error(asio::use_awaitable, error));
  out_.clear();
  co_return !error;
}

Task<void> Connection::serve_socket(const WebSocketHandler& handler) {
  enter_untimed(Phase::socket);
  co_await run_socket(std::move(socket_), std::move(parser_->get()), request_, handler,
                      shared_->options.limits.message_bytes_max, talking_);
}

}  // namespace flotilla::http
