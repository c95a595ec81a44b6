#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "data/sql/database.hpp"

namespace flotilla::server {

/// Those who wait for a connection, first come, first served. Used on one event loop.
template <class Link>
class WaitingLine {
 public:
  using Clock = std::chrono::steady_clock;
  using SqlError = data::SqlError;

  explicit WaitingLine(std::size_t max) : max_(max) {}

  /// The connection that was given, or null: look again. Throws SqlError::busy when too many wait or the
  /// deadline has passed (see expire()), and what fail() was given.
  Task<std::shared_ptr<Link>> wait(Clock::time_point deadline, bool in_front) {
    namespace asio = boost::asio;
    if (waiting_.size() >= max_)
      throw SqlError(SqlError::Kind::busy, "the database has too many requests waiting, try again later");
    Waiter waiter{deadline, {}, {}, {}, co_await asio::this_coro::executor};
    waiting_.insert(in_front ? waiting_.begin() : waiting_.end(), &waiter);
    auto suspend = [&waiter](auto handler) { waiter.resume = std::move(handler); };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(suspend, asio::use_awaitable);
    if (waiter.error) throw *waiter.error;
    co_return std::move(waiter.link);
  }
  bool empty() const { return waiting_.empty(); }

  /// Wakes the first; null makes it look again. Nobody must be known to wait.
  void give(std::shared_ptr<Link> link) {
    if (waiting_.empty()) return;
    Waiter& first = *waiting_.front();
    waiting_.pop_front();
    first.link = std::move(link);
    wake(first);
  }

  void fail(const SqlError& why) {
    for (Waiter* waiter : std::exchange(waiting_, {})) {
      waiter->error = why;
      wake(*waiter);
    }
  }

  void expire(Clock::time_point now) {
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      Waiter& waiter = **at;
      if (waiter.deadline > now) {
        ++at;
        continue;
      }
      at = waiting_.erase(at);
      waiter.error.emplace(SqlError::Kind::busy,
                           "no connection to the database became free in time, try again later");
      wake(waiter);
    }
  }

 private:
  struct Waiter {
    Clock::time_point deadline;
    std::shared_ptr<Link> link;
    std::optional<SqlError> error;
    std::move_only_function<void()> resume;
    boost::asio::any_io_executor executor;
  };

  /// Not at once: who calls this is in the middle of something.
  static void wake(Waiter& waiter) {
    boost::asio::post(waiter.executor, [&waiter] {
      auto resume = std::move(waiter.resume);
      resume();
    });
  }

  const std::size_t max_;
  std::list<Waiter*> waiting_;
};

}  // namespace flotilla::server
