#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "http/connection.hpp"
#include "http/file_sender.hpp"
#include "http/response_head.hpp"

namespace flotilla::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kGatherBytes = 64 * 1024;  ///< larger bodies are written from where they are
constexpr std::size_t kPartBytes = 256 * 1024;   ///< at a time, so that one client does not hold the loop

}  // namespace

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
  const bool sent = co_await write(out_, response.body);
  out_.clear();
  co_return sent;
}

Task<bool> Connection::send_file(FileSender& file) {
  if (!co_await flush()) co_return false;
  enter(Phase::writing, shared_->options.limits.write_timeout_ms);
  while (!file.finished()) {
    const std::uint64_t before = file.left();
    if (!co_await file.send_some(socket_)) co_return false;
    pace_.progress(std::chrono::steady_clock::now(), before - file.left());
  }
  co_return true;
}

Task<bool> Connection::flush() {
  gathered_ = 0;
  if (out_.empty()) co_return true;
  const bool sent = co_await write(out_, {});
  out_.clear();
  co_return sent;
}

// Most answers fit into the socket's buffer: trying first saves a way through the event loop for each.
Task<bool> Connection::write(std::string_view head, std::string_view body) {
  enter(Phase::writing, shared_->options.limits.write_timeout_ms);
  if (!co_await end_early_write()) co_return false;
  while (!head.empty() || !body.empty()) {
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head),
                                                  asio::buffer(body.substr(0, kPartBytes))};
    boost::system::error_code error;
    const std::size_t n = socket_.write_some(parts, error);
    if (error == asio::error::would_block) {
      co_await socket_.async_wait(asio::ip::tcp::socket::wait_write,
                                  asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return false;
      continue;
    }
    if (error) co_return false;
    const std::size_t of_head = std::min(n, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(n - of_head);
    if (head.empty() && body.empty()) break;
    pace_.progress(std::chrono::steady_clock::now(), n);
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
  co_return true;
}

// Answers to pipelined requests wait for each other as long as handlers are done at once. One that suspends
// lets the loop run what is posted here, and those before it must not wait for it.
void Connection::send_while_handling() {
  if (out_.empty() || early_asked_) return;
  early_asked_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->early_asked_ = false;
    self->begin_early_write();
  });
}

void Connection::begin_early_write() {
  if (phase_ != Phase::handling || out_.empty() || early_running_ || early_failed_) return;
  early_ = std::exchange(out_, {});
  gathered_ = 0;
  early_running_ = true;
  asio::async_write(socket_, asio::buffer(early_),
                    [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                      self->early_running_ = false;
                      self->early_failed_ = bool(error);
                      if (self->early_waiter_) self->early_waiter_->cancel();
                      self->begin_early_write();  // what has been answered meanwhile, should a handler run
                    });
}

Task<bool> Connection::end_early_write() {
  if (early_running_) {
    asio::steady_timer waiter(socket_.get_executor(), TimePoint::max());
    early_waiter_ = &waiter;
    boost::system::error_code woken;
    co_await waiter.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    early_waiter_ = nullptr;
  }
  co_return !early_failed_;
}

}  // namespace flotilla::http
