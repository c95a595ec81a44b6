#include "adapters/redis/redis_subscriber_state.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <random>

#include "adapters/redis/backoff.hpp"
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

}  // namespace

RedisSubscriber::State::State(asio::any_io_executor executor, RedisUrl url, Listener listener,
                              std::vector<std::string> channels, Options options)
    : executor(std::move(executor)),
      url_(std::move(url)),
      options_(std::move(options)),
      listener_(std::move(listener)),
      tasks_(this->executor) {
  for (const std::string& channel : channels) ++channels_[channel].users;
}

void RedisSubscriber::State::start() {
  tasks_.spawn("subscriptions of " + url_.service(), supervise(shared_from_this()));
}

Task<void> RedisSubscriber::State::supervise(std::shared_ptr<State> self) {
  const ClientOptions& options = self->options_.client;
  Backoff backoff(options.backoff_first, options.backoff_max);
  std::random_device seed;
  std::minstd_rand random(seed());
  const Cancellation& stopping = self->tasks_.stopping();
  while (!stopping.cancelled()) {
    std::string reason;
    try {
      const Monotonic began = Clock::now();
      const std::shared_ptr<Link> link = co_await self->open_link();
      while (!stopping.cancelled()) {
        const Wakeup::Version seen = self->changed_.version();
        if (!link->open()) break;
        co_await self->changed_.wait(seen, kLookAgain);
      }
      self->fall();
      link->close(Unavailable::Why::network, "this subscriber was closed");
      if (Clock::now() - began > kStoodWell) backoff.reset();
      std::rethrow_exception(link->failure());
    } catch (const std::exception& error) {
      reason = error.what();
    }
    if (!stopping.cancelled() && !std::exchange(self->told_, true))
      log::warn("no subscription at Redis", {{"variable", self->url_.variable}, {"reason", reason}});
    co_await stopping.wait(backoff.pause(random()));
  }
}

Task<std::shared_ptr<Link>> RedisSubscriber::State::open_link() {
  const ClientOptions& client = options_.client;
  std::shared_ptr<Link> link = co_await Link::open(url_, {client.name, client.deadline, client.ping_after});
  if (options_.prepare) {
    std::exception_ptr failure;
    try {
      const Monotonic deadline = Clock::now() + client.deadline;
      std::vector<Command> ask_id{{"CLIENT", "ID"}};
      const Reply id = co_await link->exchange(std::move(ask_id), deadline);
      if (id.at(0).is_error()) throw_error(url_.service(), id.at(0));
      std::vector<Command> commands = options_.prepare(id.at(0).integer());
      if (!commands.empty()) {
        const Reply replies = co_await link->exchange(std::move(commands), deadline);
        for (const Reply& reply : replies.items())
          if (reply.is_error()) throw_error(url_.service(), reply);
      }
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) {
      link->close(Unavailable::Why::network, "the connection could not be set up");
      std::rethrow_exception(failure);
    }
  }
  link_ = link;
  const std::weak_ptr<State> weak = weak_from_this();
  const auto take = [weak](Reply reply) {
    if (const auto self = weak.lock()) self->take(std::move(reply));
  };
  const auto alive = [weak](Monotonic as_of) {
    const auto self = weak.lock();
    if (self && self->standing_ && !self->silent_ && self->listener_.alive) self->listener_.alive(as_of);
  };
  link->on_closed([weak] {
    if (const auto self = weak.lock()) {
      self->fall();
      self->changed_.notify();
    }
  });
  for (auto& [name, channel] : channels_) {
    channel.confirmed = false;
    channel.unanswered = 0;
  }
  std::erase_if(channels_, [](const auto& entry) { return entry.second.users == 0; });
  for (auto& [name, channel] : channels_) say("SUBSCRIBE", name);
  check_standing();
  link->listen(take, alive);  // its first PING follows the subscriptions
  co_return link;
}

void RedisSubscriber::State::say(const char* what, const std::string& channel) {
  if (!link_ || !link_->open()) return;
  ++channels_[channel].unanswered;
  link_->send({what, channel});
}

void RedisSubscriber::State::take(Reply reply) {
  if (silent_) return;
  if (reply.is_error()) {  // SUBSCRIBE refused (NOPERM): this connection is of no use
    link_->close(reply.text().starts_with("NOPERM") ? Unavailable::Why::auth : Unavailable::Why::refused,
                 reply.text());
    return;
  }
  if (!reply.is_array() || reply.size() < 3) return;  // the answer to a PING
  const std::string& kind = reply.at(0).text();
  if (kind == "message") {
    if (standing_ && listener_.message) listener_.message(reply.at(1).text(), reply.at(2));
  } else if (kind == "subscribe" || kind == "unsubscribe") {
    answered(reply.at(1).text(), kind == "subscribe");
  }
}

void RedisSubscriber::State::answered(const std::string& name, bool subscribed) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  Channel& channel = found->second;
  --channel.unanswered;
  channel.confirmed = subscribed;
  if (channel.users == 0 && channel.unanswered == 0) channels_.erase(found);
  check_standing();
  changed_.notify();
}

// Standing begins when all the channels are on, and ends only with the connection: channels that come later
// have their own answer in subscribe().
void RedisSubscriber::State::check_standing() {
  if (standing_ || silent_) return;
  if (!std::ranges::all_of(channels_,
                           [](const auto& entry) { return entry.second.on() || entry.second.users == 0; }))
    return;
  standing_ = true;
  told_ = false;
  log::debug("subscribed at Redis", {{"variable", url_.variable}});
  if (listener_.subscribed) listener_.subscribed();
}

void RedisSubscriber::State::fall() {
  link_ = nullptr;
  for (auto& [name, channel] : channels_) channel.confirmed = false;
  if (standing_.exchange(false) && !silent_ && listener_.lost) listener_.lost();
}

Task<bool> RedisSubscriber::State::subscribe(std::string name, Millis wait) {
  const std::shared_ptr<State> self = shared_from_this();
  const Monotonic deadline = Clock::now() + wait;
  if (channels_[name].users++ == 0) say("SUBSCRIBE", name);
  for (;;) {
    const Wakeup::Version seen = changed_.version();
    const auto found = channels_.find(name);
    if (found == channels_.end() || silent_) co_return false;  // ended meanwhile
    if (standing_ && found->second.on()) co_return true;
    const Monotonic now = Clock::now();
    if (now >= deadline) co_return false;
    co_await changed_.wait(seen, std::chrono::ceil<Millis>(deadline - now));
  }
}

void RedisSubscriber::State::unsubscribe(const std::string& name) {
  const auto found = channels_.find(name);
  if (found == channels_.end() || found->second.users == 0) return;
  if (--found->second.users > 0) return;
  if (link_ && link_->open())
    say("UNSUBSCRIBE", name);
  else
    channels_.erase(found);
}

Task<void> RedisSubscriber::State::finish() {
  const std::shared_ptr<State> self = shared_from_this();
  silent_ = true;
  tasks_.stop();
  if (link_) link_->close(Unavailable::Why::network, "this subscriber was closed");
  changed_.notify();
  co_await tasks_.wait();
}

void RedisSubscriber::State::abandon() {
  silent_ = true;
  tasks_.stop();
  asio::post(executor, [self = shared_from_this()] {
    if (self->link_) self->link_->close(Unavailable::Why::network, "this subscriber was closed");
    self->changed_.notify();
  });
}

}  // namespace flotilla::redis
