#include "adapters/redis/redis_client_state.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>

#include "base/log.hpp"

namespace flotilla::redis {

namespace {

namespace asio = boost::asio;
using cluster::Monotonic;
using cluster::Unavailable;
using Clock = std::chrono::steady_clock;

constexpr Millis kLookAgain{1'000};
/// A connection that stood this long was a good one: the next attempt after it comes soon.
constexpr Millis kStoodWell{500};

std::string what(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

bool is_auth(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Unavailable& error) {
    return error.why == Unavailable::Why::auth;
  } catch (...) {
    return false;
  }
}

}  // namespace

RedisClient::State::State(asio::any_io_executor executor, RedisUrl url, ClientOptions options)
    : executor(std::move(executor)),
      url(std::move(url)),
      service(this->url.service()),
      options(std::move(options)),
      tasks_(this->executor) {}

void RedisClient::State::start() { tasks_.spawn("connection of " + service, supervise(shared_from_this())); }

Link::Options RedisClient::State::link_options() const {
  return {options.name, options.deadline, options.ping_after};
}

Task<void> RedisClient::State::supervise(std::shared_ptr<State> self) {
  Backoff backoff(self->options.backoff_first, self->options.backoff_max);
  std::random_device seed;
  std::minstd_rand random(seed());
  while (!self->tasks_.stopping().cancelled()) {
    if (const std::shared_ptr<Link> link = co_await self->try_connect()) {
      const Monotonic stood = Clock::now();
      self->stand(link);
      for (;;) {
        const Wakeup::Version seen = self->changed_.version();
        if (!link->open()) break;
        co_await self->changed_.wait(seen, kLookAgain);
      }
      self->fall(link->failure());
      if (Clock::now() - stood > kStoodWell) backoff.reset();
    }
    co_await self->tasks_.stopping().wait(backoff.pause(random()));
  }
}

Task<std::shared_ptr<Link>> RedisClient::State::try_connect() {
  std::exception_ptr failure;
  try {
    const std::shared_ptr<Link> link = co_await Link::open(url, link_options());
    if (!closing_) co_return link;
    link->close(Unavailable::Why::network, kClosed);
    failure = link->failure();
  } catch (const Unavailable&) {
    failure = std::current_exception();
  } catch (const std::exception& error) {  // what only a broken server brings about
    failure = std::make_exception_ptr(Unavailable(Unavailable::Why::network, service, error.what()));
  }
  fall(failure);
  co_return nullptr;
}

void RedisClient::State::stand(const std::shared_ptr<Link>& link) {
  link_ = link;
  link->on_closed([weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->connected_ = false;
      self->changed_.notify();
    }
  });
  if (!link->open()) return;
  {
    std::lock_guard lock(status_mutex_);
    server_ = link->server();
    failure_ = nullptr;
    connected_ = true;
  }
  first_attempt_ = false;
  told_ = false;
  log::info("connected to Redis",
            {{"variable", url.variable}, {"address", url.shown()}, {"version", link->server().version}});
  if (options.on_connected) options.on_connected(link->server());
  Early early = std::exchange(early_, {});
  if (!early.requests.empty()) link->submit(std::move(early.bytes), std::move(early.requests));
  changed_.notify();
}

void RedisClient::State::fall(std::exception_ptr why) {
  link_ = nullptr;
  first_attempt_ = false;
  {
    std::lock_guard lock(status_mutex_);
    server_ = {};
    failure_ = why;
    connected_ = false;
  }
  if (!std::exchange(told_, true) && !closing_)
    log::warn("no connection to Redis", {{"variable", url.variable}, {"reason", what(why)}});
  Early early = std::exchange(early_, {});
  for (Request& request : early.requests) request.done(why, {});
  changed_.notify();
}

std::exception_ptr RedisClient::State::reason() const {
  if (closing_) return std::make_exception_ptr(Unavailable(Unavailable::Why::network, service, kClosed));
  std::lock_guard lock(status_mutex_);
  return failure_;
}

Task<Reply> RedisClient::State::ask(std::shared_ptr<State> self, Call call) {
  if (self->closing_) std::rethrow_exception(self->reason());
  const asio::any_io_executor home = co_await asio::this_coro::executor;
  auto start = [&](auto handler) {
    Request request;
    request.replies = call.replies;
    request.gather = call.gather;
    request.deadline = Clock::now() + self->options.deadline;
    if (home == self->executor) {  // answers come on this very executor: no need to go round by its queue
      request.done = [handler = std::move(handler)](std::exception_ptr failure, Reply reply) mutable {
        std::move(handler)(std::move(failure), std::move(reply));
      };
    } else {
      request.done = [home, handler = std::move(handler)](std::exception_ptr failure, Reply reply) mutable {
        asio::post(home, [handler = std::move(handler), failure = std::move(failure),
                          reply = std::move(reply)]() mutable {
          std::move(handler)(std::move(failure), std::move(reply));
        });
      };
    }
    {
      std::lock_guard lock(self->inbox_mutex_);
      self->inbox_bytes_ += call.bytes;
      self->inbox_.push_back(std::move(request));
      if (std::exchange(self->drain_posted_, true)) return;
    }
    asio::post(self->executor, [self] { self->drain(); });
  };
  Reply reply = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Reply)>(
      start, asio::use_awaitable);
  if (call.checked && reply.is_error()) throw_error(self->service, reply);
  co_return reply;
}

void RedisClient::State::drain() {
  std::string bytes;
  std::vector<Request> requests;
  {
    std::lock_guard lock(inbox_mutex_);
    bytes.swap(inbox_bytes_);
    requests.swap(inbox_);
    drain_posted_ = false;
  }
  if (link_) return link_->submit(std::move(bytes), std::move(requests));
  if (const std::exception_ptr why = reason()) {
    for (Request& request : requests) request.done(why, {});
    return;
  }
  early_.bytes += bytes;
  std::ranges::move(requests, std::back_inserter(early_.requests));
}

Task<void> RedisClient::State::connect(Millis wait) {
  const std::shared_ptr<State> self = shared_from_this();
  const Monotonic deadline = Clock::now() + wait;
  for (;;) {
    const Wakeup::Version seen = changed_.version();
    if (connected_) co_return;
    const std::exception_ptr why = reason();
    const Monotonic now = Clock::now();
    if (why && (closing_ || is_auth(why) || now >= deadline)) std::rethrow_exception(why);
    if (now >= deadline) throw Unavailable(Unavailable::Why::timeout, service, "not connected in time");
    co_await changed_.wait(seen, std::chrono::ceil<Millis>(deadline - now));
  }
}

ServerInfo RedisClient::State::server() const {
  std::lock_guard lock(status_mutex_);
  return connected_ ? server_ : ServerInfo();
}

}  // namespace flotilla::redis
