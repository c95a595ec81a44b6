// How a client ends: in order, or at once.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/redis/redis_client_state.hpp"

namespace flotilla::redis {

namespace {

namespace asio = boost::asio;
using cluster::Unavailable;

constexpr Millis kDrainStep{10};  // between two looks whether the last commands have ended

}  // namespace

Task<void> RedisClient::State::close() {
  const std::shared_ptr<State> self = shared_from_this();
  co_await asio::co_spawn(executor, finish(), asio::use_awaitable);
}

Task<void> RedisClient::State::finish() {
  const std::shared_ptr<State> self = shared_from_this();
  closing_ = true;
  for (const auto& weak : busy_)
    if (const auto link = weak.lock()) link->close(Unavailable::Why::network, kClosed);
  drain();
  while (link_ && link_->open() && !link_->idle()) co_await tasks_.stopping().wait(kDrainStep);
  end_everything(kClosed);
  co_await tasks_.wait();
}

void RedisClient::State::abandon() {
  closing_ = true;
  asio::post(executor, [self = shared_from_this()] { self->end_everything(kClosed); });
}

void RedisClient::State::end_everything(const std::string& reason) {
  tasks_.stop();
  if (link_) link_->close(Unavailable::Why::network, reason);
  for (const auto& link : std::exchange(spare_, {})) link->close(Unavailable::Why::network, reason);
  for (const auto& weak : std::exchange(busy_, {}))
    if (const auto link = weak.lock()) link->close(Unavailable::Why::network, reason);
  link_ = nullptr;
  Early early = std::exchange(early_, {});
  const std::exception_ptr why = this->reason();
  for (Request& request : early.requests) request.done(why, {});
  drain();
  changed_.notify();
}

}  // namespace flotilla::redis
