#include "runtime/wakeup.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace flotilla {

namespace asio = boost::asio;

Wakeup::Version Wakeup::version() const {
  std::lock_guard lock(mutex_);
  return version_;
}

Task<bool> Wakeup::wait(Version seen, std::chrono::milliseconds timeout) {
  auto timer = std::make_shared<Timer>(co_await asio::this_coro::executor, timeout);
  {
    std::lock_guard lock(mutex_);
    if (version_ != seen) co_return true;
    waiting_.push_back(timer);
  }
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  std::lock_guard lock(mutex_);
  std::erase(waiting_, timer);
  co_return version_ != seen;
}

void Wakeup::notify() {
  std::vector<std::shared_ptr<Timer>> woken;
  {
    std::lock_guard lock(mutex_);
    ++version_;
    woken.swap(waiting_);
  }
  // A timer belongs to its waiter's loop. It is set to the past rather than cancelled: a wait that has not
  // begun yet then ends at once as well.
  for (auto& timer : woken)
    asio::post(timer->get_executor(), [timer] { timer->expires_at(Timer::time_point::min()); });
}

}  // namespace flotilla
