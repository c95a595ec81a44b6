#include "adapters/redis/link.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "adapters/redis/wire.hpp"

namespace flotilla::redis {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using cluster::Monotonic;
using cluster::Unavailable;
using Clock = std::chrono::steady_clock;

/// A look at the clock that comes this late means that we were paused, not that the server is slow.
constexpr Millis kPaused{100};
constexpr Millis kGrace{20};

/// RESP2 answers PING with an array while something is subscribed.
bool is_pong(const Reply& reply) {
  if (reply.kind() == Reply::Kind::status) return reply.text() == "PONG";
  return reply.is_array() && reply.size() == 2 && reply.at(0) == Reply::make_text("pong");
}

}  // namespace

Link::Link(RedisUrl url, Options options, Socket socket)
    : url_(std::move(url)),
      service_(url_.service()),
      options_(std::move(options)),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      heard_(Clock::now()) {
  options_.ping_after = std::clamp(options_.ping_after, Millis(1), options_.deadline);
}

Task<std::shared_ptr<Link>> Link::open(RedisUrl url, Options options) {
  const Monotonic deadline = Clock::now() + options.deadline;
  Socket socket = co_await dial(url, deadline);
  const std::shared_ptr<Link> link(new Link(std::move(url), std::move(options), std::move(socket)));
  link->read();
  link->watch();
  std::exception_ptr failure;
  try {
    co_await link->handshake(deadline);
    co_return link;
  } catch (...) {
    failure = std::current_exception();
  }
  link->close(Unavailable::Why::network, "the connection could not be set up");
  std::rethrow_exception(failure);
}

void Link::submit(std::string bytes, std::vector<Request> requests) {
  std::exception_ptr refused = failure_;
  if (!refused && unsent_.size() + sending_.size() > kUnsentMax)
    refused = std::make_exception_ptr(
        Unavailable(Unavailable::Why::refused, service_, "too many commands wait to be sent"));
  if (refused) {
    for (Request& request : requests) request.done(refused, {});
    return;
  }
  for (Request& request : requests) in_flight_.push_back(std::move(request));
  if (!in_flight_.empty() && in_flight_.front().deadline < planned_) watch();
  if (unsent_.empty())
    unsent_ = std::move(bytes);
  else
    unsent_ += bytes;
  flush();
}

Task<Reply> Link::exchange(std::vector<Command> commands, Monotonic deadline) {
  std::string bytes;
  for (const Command& command : commands) append_command(bytes, command);
  const auto executor = co_await asio::this_coro::executor;
  const std::shared_ptr<Link> self = shared_from_this();
  auto start = [&](auto handler) {
    std::vector<Request> requests(1);
    Request& request = requests.front();
    request.replies = commands.size();
    request.gather = true;
    request.deadline = deadline;
    request.done = [executor, handler = std::move(handler)](std::exception_ptr failure, Reply reply) mutable {
      asio::post(executor, [handler = std::move(handler), failure, reply = std::move(reply)]() mutable {
        std::move(handler)(failure, std::move(reply));
      });
    };
    self->submit(std::move(bytes), std::move(requests));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Reply)>(
      start, asio::use_awaitable);
}

void Link::listen(std::function<void(Reply)> push, std::function<void(Monotonic)> alive) {
  push_ = std::move(push);
  alive_ = std::move(alive);
  watch();
}

void Link::send(const Command& command) {
  if (failure_) return;
  append_command(unsent_, command);
  flush();
}

void Link::on_closed(std::function<void()> closed) {
  if (failure_) return closed();
  closed_ = std::move(closed);
}

void Link::close(Unavailable::Why why, const std::string& reason) {
  if (failure_) return;
  failure_ = std::make_exception_ptr(Unavailable(why, service_, reason));
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  unsent_.clear();
  std::deque<Request> failed = std::exchange(in_flight_, {});
  if (closed_) std::exchange(closed_, nullptr)();
  for (Request& request : failed) request.done(failure_, {});
}

void Link::read() {
  socket_.async_read_some(asio::buffer(incoming_),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            if (self->failure_) return;
                            if (error) return self->ended_by_peer(error);
                            self->take(size);
                            if (!self->failure_) self->read();
                          });
}

void Link::ended_by_peer(error_code error) {
  std::string reason = error == asio::error::eof ? "the server closed the connection"
                                                 : "the connection broke: " + error.message();
  // A server that takes no more clients says so and hangs up.
  if (!in_flight_.empty() && !in_flight_.front().got.empty() && in_flight_.front().got.front().is_error()) {
    const std::string& text = in_flight_.front().got.front().text();
    reason += ": " + text;
    if (text.starts_with("DENIED")) return close(Unavailable::Why::auth, reason);
    if (text.starts_with("ERR max number of clients")) return close(Unavailable::Why::refused, reason);
  }
  close(Unavailable::Why::network, reason);
}

void Link::take(std::size_t size) {
  heard_ = Clock::now();
  reader_.feed(incoming_.data(), size);
  try {
    while (!failure_) {
      std::optional<Reply> reply = reader_.next();
      if (!reply) return;
      deliver(std::move(*reply));
    }
  } catch (const ProtocolError& error) {
    close(Unavailable::Why::network, std::string("the server does not speak RESP2: ") + error.what());
  }
}

void Link::deliver(Reply reply) {
  if (push_) {
    if (!pinged_ || !is_pong(reply)) return push_(std::move(reply));
    const Monotonic as_of = *std::exchange(pinged_, std::nullopt);
    if (alive_) alive_(as_of);
    return watch();
  }
  if (in_flight_.empty())
    return close(Unavailable::Why::network,
                 reply.is_error() ? reply.text() : "the server sent an answer that nobody asked for");
  Request& front = in_flight_.front();
  if (front.gather) front.got.push_back(std::move(reply));
  if (--front.replies > 0) return;
  Request ended = std::move(front);
  in_flight_.pop_front();
  ended.done(nullptr, ended.gather ? Reply::make_array(std::move(ended.got)) : std::move(reply));
}

void Link::flush() {
  if (failure_ || !sending_.empty() || unsent_.empty()) return;
  sending_ = std::exchange(unsent_, {});
  asio::async_write(
      socket_, asio::buffer(sending_), [self = shared_from_this()](error_code error, std::size_t) {
        self->sending_.clear();
        if (self->failure_) return;
        if (error) return self->close(Unavailable::Why::network, "the connection broke: " + error.message());
        self->flush();
      });
}

Monotonic Link::next_look() const {
  if (pinged_) return *pinged_ + options_.deadline;
  if (push_) return next_ping_;
  if (!in_flight_.empty()) return in_flight_.front().deadline;
  return heard_ + options_.ping_after;
}

void Link::watch() {
  if (failure_) return;
  planned_ = next_look();
  timer_.expires_at(planned_);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && !self->failure_) self->look();
  });
}

void Link::look() {
  const Monotonic now = Clock::now();
  if (next_look() > now) return watch();
  if (pinged_ || !in_flight_.empty()) {
    error_code ignored;
    if (now - planned_ > kPaused &&
        socket_.available(ignored) > 0) {  // the answer is here, we have not read it
      planned_ = now + kGrace;
      timer_.expires_at(planned_);
      return timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error && !self->failure_) self->look();
      });
    }
    return close(Unavailable::Why::timeout, "no answer in time from " + url_.shown());
  }
  ping();
  watch();
}

void Link::ping() {
  const Monotonic now = Clock::now();
  if (push_) {
    pinged_ = now;
    next_ping_ = now + options_.ping_after;
    return send({"PING"});
  }
  std::string bytes;
  append_command(bytes, {"PING"});
  std::vector<Request> requests(1);
  requests.front().deadline = now + options_.deadline;
  requests.front().done = [](std::exception_ptr, Reply) {};
  submit(std::move(bytes), std::move(requests));
}

}  // namespace flotilla::redis
