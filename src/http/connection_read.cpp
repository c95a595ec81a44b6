#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "http/connection.hpp"
#include "http/error_body.hpp"
#include "http/head_scan.hpp"
#include "http/request_id.hpp"
#include "http/response_head.hpp"

namespace flotilla::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr int kLingerMs = 2'000;

bool is_multipart(std::string_view content_type) { return lower(content_type.substr(0, 10)) == "multipart/"; }

}  // namespace

Task<bool> Connection::fill() {
  boost::system::error_code error;
  auto space = in_.prepare(kReadBytes);
  const std::size_t n =
      co_await socket_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
  // A deadline may pass between the arrival of bytes and this line; there was nothing left to cancel then.
  if (error || timed_out_) co_return false;
  in_.commit(n);
  if (phase_ == Phase::body) pace_.progress(std::chrono::steady_clock::now(), n);
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
      const Pace pace = pace_;
      if (!co_await flush()) co_return Read::ended;
      phase_ = phase;
      pace_ = pace;
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
  request_.kind = 0;
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

// Closing a socket with unread bytes resets it, and a reset may overtake the answer: a client that is still
// sending what was refused would never learn why.
Task<void> Connection::linger() {
  enter(Phase::lingering, shared_->draining ? 0 : kLingerMs);
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  in_.clear();
  while (co_await fill()) in_.clear();
}

}  // namespace flotilla::http
