#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "adapters/postgres/link.hpp"

namespace flotilla::postgres {

/// Those who wait for a connection, first come, first served. Used on one event loop.
class WaitingLine {
 public:
  using Clock = std::chrono::steady_clock;

  explicit WaitingLine(std::size_t max) : max_(max) {}

  /// The connection that was given, or null: look again. Throws SqlError::busy when too many wait or the
  /// deadline has passed (see expire()), and what fail() was given.
  Task<std::shared_ptr<Link>> wait(Clock::time_point deadline, bool in_front);
  bool empty() const { return waiting_.empty(); }
  /// Wakes the first; null makes it look again. Nobody must be known to wait.
  void give(std::shared_ptr<Link> link);
  void fail(const data::SqlError& why);
  void expire(Clock::time_point now);

 private:
  struct Waiter {
    Clock::time_point deadline;
    std::shared_ptr<Link> link;
    std::optional<data::SqlError> error;
    std::move_only_function<void()> resume;
    boost::asio::any_io_executor executor;
  };
  void wake(Waiter& waiter);

  const std::size_t max_;
  std::list<Waiter*> waiting_;
};

}  // namespace flotilla::postgres
