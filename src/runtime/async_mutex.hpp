#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "runtime/task.hpp"

namespace flotilla {

/// Mutual exclusion for coroutines: waiting does not block a thread. First come, first served. Thread-safe.
class AsyncMutex {
 public:
  class Guard {
   public:
    explicit Guard(AsyncMutex& mutex) : mutex_(&mutex) {}
    Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (mutex_) mutex_->release();
    }

   private:
    AsyncMutex* mutex_;
  };

  /// Resumes on the caller's executor when the mutex is its own.
  Task<Guard> acquire() {
    auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(
        [this, executor](auto handler) {
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          auto resume = [executor, shared] {
            boost::asio::post(executor, [shared] { std::move (*shared)(); });
          };
          {
            std::lock_guard lock(state_);
            if (held_) return waiting_.push_back(std::move(resume));
            held_ = true;
          }
          resume();
        },
        boost::asio::use_awaitable);
    co_return Guard(*this);
  }

 private:
  void release() {
    std::function<void()> next;
    {
      std::lock_guard lock(state_);
      if (waiting_.empty()) {
        held_ = false;
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next();
  }

  std::mutex state_;
  bool held_ = false;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace flotilla
