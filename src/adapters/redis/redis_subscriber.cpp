#include "adapters/redis/redis_subscriber.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/redis/redis_subscriber_state.hpp"

namespace flotilla::redis {

namespace asio = boost::asio;

RedisSubscriber::RedisSubscriber(asio::any_io_executor executor, RedisUrl url, Listener listener,
                                 std::vector<std::string> channels, Options options)
    : state_(std::make_shared<State>(std::move(executor), std::move(url), std::move(listener),
                                     std::move(channels), std::move(options))) {
  state_->start();
}

RedisSubscriber::RedisSubscriber(asio::any_io_executor executor, RedisUrl url, Listener listener,
                                 std::vector<std::string> channels)
    : RedisSubscriber(std::move(executor), std::move(url), std::move(listener), std::move(channels),
                      Options()) {}

RedisSubscriber::~RedisSubscriber() { state_->abandon(); }

Task<bool> RedisSubscriber::subscribe(std::string channel, Millis wait) {
  const std::shared_ptr<State> state = state_;
  co_return co_await asio::co_spawn(state->executor, state->subscribe(std::move(channel), wait),
                                    asio::use_awaitable);
}

void RedisSubscriber::unsubscribe(std::string channel) {
  asio::post(state_->executor,
             [state = state_, channel = std::move(channel)] { state->unsubscribe(channel); });
}

bool RedisSubscriber::subscribed() const { return state_->standing(); }

Task<void> RedisSubscriber::close() {
  const std::shared_ptr<State> state = state_;
  co_await asio::co_spawn(state->executor, state->finish(), asio::use_awaitable);
}

}  // namespace flotilla::redis
