#include "adapters/postgres/waiting_line.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace flotilla::postgres {

namespace asio = boost::asio;
using data::SqlError;

Task<std::shared_ptr<Link>> WaitingLine::wait(Clock::time_point deadline, bool in_front) {
  if (waiting_.size() >= max_)
    throw SqlError(SqlError::Kind::busy, "the database has too many requests waiting, try again later");
  Waiter waiter{deadline, {}, {}, {}, co_await asio::this_coro::executor};
  waiting_.insert(in_front ? waiting_.begin() : waiting_.end(), &waiter);
  auto suspend = [&waiter](auto handler) { waiter.resume = std::move(handler); };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(suspend, asio::use_awaitable);
  if (waiter.error) throw *waiter.error;
  co_return std::move(waiter.link);
}

/// Not at once: who calls this is in the middle of something.
void WaitingLine::wake(Waiter& waiter) {
  asio::post(waiter.executor, [&waiter] {
    auto resume = std::move(waiter.resume);
    resume();
  });
}

void WaitingLine::give(std::shared_ptr<Link> link) {
  if (waiting_.empty()) return;
  Waiter& first = *waiting_.front();
  waiting_.pop_front();
  first.link = std::move(link);
  wake(first);
}

void WaitingLine::fail(const SqlError& why) {
  for (Waiter* waiter : std::exchange(waiting_, {})) {
    waiter->error = why;
    wake(*waiter);
  }
}

void WaitingLine::expire(Clock::time_point now) {
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

}  // namespace flotilla::postgres
