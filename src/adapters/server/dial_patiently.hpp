#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "data/sql/database.hpp"
#include "runtime/task.hpp"

namespace flotilla::server {

/// Connects, and tries again for 200 ms before it believes that the server is away: one connection that is
/// cut while it is made says nothing of the server. Throws the last SqlError; one that is not unavailable at
/// once. `given_up` ends the trying.
template <class Link>
Task<std::shared_ptr<Link>> dial_patiently(std::function<Task<std::shared_ptr<Link>>()> dial,
                                           std::function<bool()> given_up) {
  using namespace std::chrono_literals;
  constexpr auto kPatience = 200ms, kPause = 20ms;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    std::optional<data::SqlError> failed;
    try {
      co_return co_await dial();
    } catch (const data::SqlError& why) {
      failed = why;
    }
    const bool away = failed->kind == data::SqlError::Kind::unavailable;
    if (!away || given_up() || std::chrono::steady_clock::now() >= deadline) throw *failed;
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor, kPause);
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace flotilla::server
