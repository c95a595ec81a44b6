#include "adapters/postgres/listener.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>

#include "adapters/postgres/dial.hpp"
#include "adapters/postgres/postgres_dialect.hpp"
#include "adapters/server/backoff.hpp"
#include "base/log.hpp"

namespace flotilla::postgres {
namespace {

using Clock = std::chrono::steady_clock;
using data::SqlError;
using namespace std::chrono_literals;

/// A connection that hears nothing is asked whether it still lives.
constexpr auto kHeartbeat = 15s;
constexpr auto kAnswer = 5s;
constexpr auto kStable = 1s;
const data::Fragment kPing("SELECT 1");

SqlError closing() { return {SqlError::Kind::unavailable, "the notifications of PostgreSQL are closing"}; }

}  // namespace

Listener::Listener(const PostgresOptions& options, boost::asio::any_io_executor executor)
    : options_(options), tasks_(std::move(executor)) {}

void Listener::start() {
  auto run = [](std::shared_ptr<Listener> self) -> Task<void> { co_await self->keep(); };
  auto guard = [](std::shared_ptr<Listener> self) -> Task<void> { co_await self->watch(); };
  tasks_.spawn("PostgreSQL notifications", run(shared_from_this()));
  tasks_.spawn("PostgreSQL notifications, deadlines", guard(shared_from_this()));
}

std::shared_ptr<void> Listener::subscribe(const std::string& channel, PostgresNotifications::Hear hear) {
  auto subscription = std::make_shared<Subscription>(std::move(hear));
  {
    std::lock_guard lock(mutex_);
    subscriptions_[channel].push_back(subscription);
  }
  changed_.notify();
  auto end = [weak = weak_from_this(), channel, subscription](void*) {
    subscription->stop();
    if (auto self = weak.lock()) self->remove(channel, subscription);
  };
  return std::shared_ptr<void>(subscription.get(), std::move(end));
}

void Listener::remove(const std::string& channel, const std::shared_ptr<Subscription>& subscription) {
  {
    std::lock_guard lock(mutex_);
    auto at = subscriptions_.find(channel);
    if (at == subscriptions_.end()) return;
    std::erase(at->second, subscription);
    if (at->second.empty()) subscriptions_.erase(at);
  }
  changed_.notify();
}

Listener::Subscriptions Listener::subscriptions() const {
  std::lock_guard lock(mutex_);
  return subscriptions_;
}

Task<void> Listener::keep() {
  server::Backoff backoff;
  while (!tasks_.stopping().cancelled()) {
    const Clock::time_point began = Clock::now();
    try {
      link_ = co_await dial(options_, Role::listen, nullptr);
      co_await serve();
    } catch (const SqlError& why) {
      if (!why_down_ && !link_ && !tasks_.stopping().cancelled())
        log::warn("PostgreSQL cannot be listened to", {{"reason", why.what()}});
      if (!link_) why_down_ = why;
    }
    if (link_) link_->close("it is not needed any more");
    link_.reset();
    changed_.notify();
    if (Clock::now() - began > kStable)
      backoff.reset();
    else
      co_await tasks_.stopping().wait(backoff.pause());
  }
}

/// As long as one connection lives.
Task<void> Listener::serve() {
  ++connection_;
  why_down_.reset();
  link_->start([self = shared_from_this()] { self->changed_.notify(); },
               [this](const std::string& channel, const std::string& payload) { deliver(channel, payload); });
  changed_.notify();  // for notify(), which waits for a connection
  std::set<std::string> listening;
  while (!tasks_.stopping().cancelled() && !link_->broken()) {
    const Wakeup::Version seen = changed_.version();
    co_await adjust(listening);
    greet(listening);
    if (!co_await changed_.wait(seen, kHeartbeat)) co_await run(kPing);
  }
}

/// Listens to what is subscribed and to nothing else.
Task<void> Listener::adjust(std::set<std::string>& listening) {
  std::vector<data::Fragment> statements;
  const Subscriptions wanted = subscriptions();
  for (const auto& [channel, list] : wanted)
    if (!listening.contains(channel)) statements.emplace_back("LISTEN " + postgres_dialect().quote(channel));
  for (const std::string& channel : listening)
    if (!wanted.contains(channel)) statements.emplace_back("UNLISTEN " + postgres_dialect().quote(channel));
  for (const data::Fragment& statement : statements) co_await run(statement);
  listening.clear();
  for (const auto& [channel, list] : wanted) listening.insert(channel);
}

void Listener::greet(const std::set<std::string>& listening) {
  for (const auto& [channel, list] : subscriptions()) {
    if (!listening.contains(channel)) continue;
    for (const auto& subscription : list) subscription->greet(connection_);
  }
}

Task<void> Listener::run(const data::Fragment& statement) {
  const std::shared_ptr<Link> link = link_;
  Call call;
  call.statement = &statement;
  call.prepare = false;
  co_await link->run(call);
  if (call.error) throw *std::move(call.error);
}

void Listener::deliver(const std::string& channel, const std::string& payload) {
  std::vector<std::shared_ptr<Subscription>> told;
  {
    std::lock_guard lock(mutex_);
    if (auto at = subscriptions_.find(channel); at != subscriptions_.end()) told = at->second;
  }
  for (const auto& subscription : told) subscription->tell(payload);
}

Task<void> Listener::notify(std::string channel, std::string payload) {
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(options_.connect_timeout_ms);
  for (;;) {
    const Wakeup::Version seen = changed_.version();
    if (tasks_.stopping().cancelled()) throw closing();
    if (link_ && !link_->broken()) break;
    if (why_down_) throw *why_down_;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left <= 0ms) throw SqlError(SqlError::Kind::unavailable, "PostgreSQL is not connected");
    co_await changed_.wait(seen, left);
  }
  const data::Fragment statement = notify_statement(std::move(channel), std::move(payload));
  co_await run(statement);
}

/// Gives up a connection that does not answer.
Task<void> Listener::watch() {
  while (!co_await tasks_.stopping().wait(1s)) {
    if (link_ && link_->silent_for(Clock::now()) > kAnswer) link_->close("it did not answer in time");
  }
}

void Listener::stop() {
  tasks_.stop();
  changed_.notify();
  boost::asio::post(executor(), [self = shared_from_this()] {
    if (self->link_) self->link_->close("the notifications are closing");
  });
}

Task<void> Listener::finish() {
  stop();
  co_await tasks_.wait();
}

}  // namespace flotilla::postgres
