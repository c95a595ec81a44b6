// Commands that let the server wait, each on a connection of its own.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/redis/redis_client_state.hpp"

namespace flotilla::redis {

namespace {

namespace asio = boost::asio;
using cluster::Unavailable;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kSpareMax = 8;  // connections that wait for the next such command

}  // namespace

Task<Reply> RedisClient::State::ask_blocking(Command command, Millis wait) {
  if (closing_) std::rethrow_exception(reason());
  const std::shared_ptr<State> self = shared_from_this();
  co_return co_await asio::co_spawn(executor, on_spare_link(std::move(command), wait), asio::use_awaitable);
}

Task<Reply> RedisClient::State::on_spare_link(Command command, Millis wait) {
  const std::shared_ptr<State> self = shared_from_this();
  if (!connected_) {
    if (const std::exception_ptr why = reason()) std::rethrow_exception(why);
  }
  std::erase_if(spare_, [](const auto& link) { return !link->open(); });
  std::shared_ptr<Link> link;
  if (!spare_.empty()) {
    link = std::move(spare_.back());
    spare_.pop_back();
  } else {
    link = co_await Link::open(url, link_options());
  }
  if (closing_) {
    link->close(Unavailable::Why::network, kClosed);
    std::rethrow_exception(link->failure());
  }
  busy_.push_back(link);
  std::vector<Command> commands;
  commands.push_back(std::move(command));
  Reply replies = co_await link->exchange(std::move(commands), Clock::now() + wait + options.deadline);
  std::erase_if(busy_, [&](const auto& weak) {
    const auto other = weak.lock();
    return !other || other == link;
  });
  if (link->open() && !closing_) {
    if (spare_.size() < kSpareMax)
      spare_.push_back(link);
    else
      link->close(Unavailable::Why::network, kClosed);
  }
  Reply::Items items = std::move(replies).items();
  co_return std::move(items.front());
}

}  // namespace flotilla::redis
